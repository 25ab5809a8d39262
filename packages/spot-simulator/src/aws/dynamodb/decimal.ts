import { invalid } from './invalid'

/** A number as DynamoDB has it: decimal and exact, where a double would lose digits. */
export interface Decimal {
  readonly digits: bigint
  readonly exponent: number
}

const maxDigits = 38

export function parseDecimal(text: string): Decimal {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text)
  const [, sign = '', whole = '', fraction = '', power = '0'] = match ?? []
  if (match === null || whole + fraction === '') {
    throw invalid(
      `The parameter cannot be converted to a numeric value: ${text || 'an empty string'}`,
    )
  }
  const decimal = shortest(BigInt(`${whole}${fraction}`), Number(power) - fraction.length)
  if (decimal.digits.toString().length > maxDigits) {
    throw invalid('Attempting to store more than 38 significant digits in a Number')
  }
  return sign === '-' ? { ...decimal, digits: -decimal.digits } : decimal
}

/** As DynamoDB answers it: `1.50` came in, `1.5` goes out. */
export function formatDecimal({ digits, exponent }: Decimal): string {
  const sign = digits < 0n ? '-' : ''
  const text = absolute(digits).toString()
  if (exponent >= 0) return `${sign}${text}${'0'.repeat(exponent)}`
  const padded = text.padStart(1 - exponent, '0')
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`
}

export function addDecimals(one: Decimal, other: Decimal): Decimal {
  const [left, right, exponent] = aligned(one, other)
  const sum = left + right
  const { digits, exponent: power } = shortest(absolute(sum), exponent)
  return { digits: sum < 0n ? -digits : digits, exponent: power }
}

export function negated({ digits, exponent }: Decimal): Decimal {
  return { digits: -digits, exponent }
}

export function compareDecimals(one: Decimal, other: Decimal): number {
  const [left, right] = aligned(one, other)
  if (left === right) return 0
  return left < right ? -1 : 1
}

function aligned(one: Decimal, other: Decimal): [left: bigint, right: bigint, exponent: number] {
  const exponent = Math.min(one.exponent, other.exponent)
  const at = ({ digits, exponent: own }: Decimal) => digits * 10n ** BigInt(own - exponent)
  return [at(one), at(other), exponent]
}

function shortest(digits: bigint, exponent: number): Decimal {
  if (digits === 0n) return { digits, exponent: 0 }
  let [short, power] = [digits, exponent]
  while (short % 10n === 0n) {
    short /= 10n
    power++
  }
  return { digits: short, exponent: power }
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value
}
