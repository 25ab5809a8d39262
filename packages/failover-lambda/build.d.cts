/** Makes the zip of the function from its source. Returns where it is. */
export function buildZip(): string
