/*
 * The terminal's colours by day and by night. The sixteen keep their names' meaning on either background; xterm.js mends what is too faint to read.
 */

import type { ITheme } from "@xterm/xterm";

const DARK: ITheme = {
  background: "#12151c",
  foreground: "#d8dee9",
  cursor: "#7dd3a8",
  cursorAccent: "#12151c",
  selectionBackground: "#3b5b8c80",
  black: "#2a2f3a",
  red: "#f07178",
  green: "#7dd3a8",
  yellow: "#e6c07b",
  blue: "#6cb0f5",
  magenta: "#c792ea",
  cyan: "#67d4e0",
  white: "#c8d0de",
  brightBlack: "#687489",
  brightRed: "#ff8b92",
  brightGreen: "#9be9c0",
  brightYellow: "#ffd98f",
  brightBlue: "#8fc7ff",
  brightMagenta: "#ddb3ff",
  brightCyan: "#8eeaf4",
  brightWhite: "#ffffff",
};

const LIGHT: ITheme = {
  background: "#ffffff",
  foreground: "#242a35",
  cursor: "#1a7f52",
  cursorAccent: "#ffffff",
  selectionBackground: "#9cc4f280",
  black: "#242a35",
  red: "#c0303b",
  green: "#1a7f52",
  yellow: "#8a6100",
  blue: "#1f62b8",
  magenta: "#8638b0",
  cyan: "#0b7280",
  white: "#6b7585",
  brightBlack: "#565f6e",
  brightRed: "#d6414c",
  brightGreen: "#20925f",
  brightYellow: "#9c7000",
  brightBlue: "#2f77d1",
  brightMagenta: "#9c4cc7",
  brightCyan: "#128494",
  brightWhite: "#3b4351",
};

/** Those for a dark page, or a light one. */
export function coloursFor(dark: boolean): ITheme {
  return dark ? DARK : LIGHT;
}
