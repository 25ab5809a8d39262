export function isWhole(value: number, min: number, max = Number.POSITIVE_INFINITY): boolean {
  return Number.isInteger(value) && value >= min && value <= max
}

export function isUnique(values: readonly string[]): boolean {
  return new Set(values).size === values.length
}
