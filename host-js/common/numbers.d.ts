/* AssemblyScript's names for numbers, so that assembly/abi.ts means the same to the host. */
type u32 = number;
