import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { findMirrors, mirrorsOf, parseList, parseStanzas } from "../../kernels/debian/mirror.js";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

describe("parseList()", () => {
  it("reads options, suite and components, and skips comments and source packages", () => {
    const text = [
      "# deb http://old.invalid/debian bookworm main",
      `deb [arch=amd64 signed-by=${KEYRING}] http://mirror.invalid/debian bookworm main contrib # ours`,
      "deb-src http://mirror.invalid/debian bookworm main",
    ].join("\n");
    expect(parseList(text)).toEqual([
      { uri: "http://mirror.invalid/debian", suite: "bookworm", components: ["main", "contrib"], signedBy: KEYRING },
    ]);
  });
});

describe("parseStanzas()", () => {
  it("reads each address with each suite, and continued lines", () => {
    const text = `Types: deb deb-src\nURIs: http://a.invalid/debian\n http://b.invalid/debian\nSuites: trixie trixie-updates\nComponents: main\nSigned-By: ${KEYRING}\n`;
    const found = parseStanzas(text).map(({ uri, suite }) => `${uri} ${suite}`);
    expect(found).toEqual([
      "http://a.invalid/debian trixie",
      "http://a.invalid/debian trixie-updates",
      "http://b.invalid/debian trixie",
      "http://b.invalid/debian trixie-updates",
    ]);
  });

  it("skips stanzas that are disabled or of source packages", () => {
    const stanza = "URIs: http://a.invalid/debian\nSuites: trixie\nComponents: main\n";
    expect(parseStanzas(`Types: deb-src\n${stanza}\nTypes: deb\nEnabled: no\n${stanza}`)).toEqual([]);
  });
});

describe("mirrorsOf()", () => {
  const source = (uri: string, suite: string, signedBy = "", components = ["main"]) => ({
    uri,
    suite,
    components,
    signedBy,
  });

  it("finds the mirror of the release and that of its security updates", () => {
    const sources = [
      source("http://m.invalid/debian", "bookworm"),
      source("http://s.invalid/debian-security", "bookworm-security"),
    ];
    expect(mirrorsOf(sources, "bookworm")).toEqual({
      main: "http://m.invalid/debian",
      security: "http://s.invalid/debian-security",
    });
  });

  it("is not taken in by others who publish under Debian's suite names", () => {
    const sources = [
      source("http://vendor.invalid/tools", "bookworm", "/usr/share/keyrings/vendor.gpg"),
      source("http://other.invalid/apt", "bookworm"),
      source("cdrom:[Debian]/", "bookworm"),
      source("http://m.invalid/debian/", "bookworm", KEYRING),
    ];
    expect(mirrorsOf(sources, "bookworm")).toEqual({ main: "http://m.invalid/debian/" });
  });

  it("finds nothing where there is nothing of Debian", () => {
    expect(mirrorsOf([source("http://m.invalid/ubuntu", "noble")], "noble-not")).toBeUndefined();
  });
});

describe("findMirrors()", () => {
  const root = mkdtempSync(join(tmpdir(), "mirrors-"));
  const write = (path: string, text: string) => {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("reads the machine's sources in both formats", () => {
    write("etc/os-release", "VERSION_CODENAME=trixie\n");
    write(
      "etc/apt/sources.list.d/debian.sources",
      "Types: deb\nURIs: http://m.invalid/debian\nSuites: trixie\nComponents: main\n",
    );
    write("etc/apt/sources.list.d/security.list", "deb http://s.invalid/debian-security trixie-security main\n");
    write("etc/apt/sources.list.d/old.list.disabled", "deb http://old.invalid/debian trixie main\n");
    expect(findMirrors({}, root)).toEqual({
      main: "http://m.invalid/debian",
      security: "http://s.invalid/debian-security",
    });
  });

  it("prefers DEBIAN_MIRROR", () => {
    expect(findMirrors({ DEBIAN_MIRROR: "http://mine.invalid/debian" }, root)).toEqual({
      main: "http://mine.invalid/debian",
    });
  });

  it("says what to do when there is no mirror", () => {
    expect(() => findMirrors({}, root)).toThrow("Set DEBIAN_MIRROR");
  });
});
