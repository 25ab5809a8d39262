import { inspect } from 'node:util'

/** One invalid setting, with everything that is needed to fix it. */
export interface Problem {
  /** The property, such as `environments.dev.vpcCidr`. */
  readonly path: string
  /** The constraint, to be read after "must": `name 2 or 3 zones`. */
  readonly must: string
  readonly got: unknown
  /** What to do about it, as a sentence. */
  readonly fix: string
}

/** Stops a synthesis before any resource exists. Reports every problem at once, not only the first. */
export class InvalidSettingsError extends Error {
  override readonly name = 'InvalidSettingsError'

  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(sentence).join('\n'))
  }
}

export function throwIfInvalid(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new InvalidSettingsError(problems)
}

/** The constraint on one value. `hasType` runs first, so `isValid` can rely on the type. */
export interface Rule<Value> {
  readonly hasType: (value: unknown) => value is Value
  readonly isValid: (value: Value) => boolean
  readonly must: string
  readonly fix: string
}

export type Rules<Settings> = { readonly [Property in keyof Settings]-?: Rule<Settings[Property]> }

/** Checks each property separately. `areValid` reports whether later checks can rely on the given properties. */
export function checkEach<Settings extends object>(
  path: string,
  settings: unknown,
  rules: Rules<Settings>,
): { problems: Problem[]; areValid: (...properties: (keyof Settings)[]) => boolean } {
  if (!isObject(settings)) {
    const must = `be an object with ${Object.keys(rules).join(', ')}`
    const fix = 'Write it like the others.'
    return { problems: [{ path, must, got: settings, fix }], areValid: () => false }
  }
  const problems: Problem[] = []
  const invalid = new Set<PropertyKey>()
  for (const property of Object.keys(rules) as (keyof Settings & string)[]) {
    const { hasType, isValid, must, fix } = rules[property]
    const got: unknown = (settings as Partial<Settings>)[property]
    if (hasType(got) && isValid(got)) continue
    invalid.add(property)
    problems.push({ path: `${path}.${property}`, must, got, fix })
  }
  return { problems, areValid: (...properties) => properties.every((name) => !invalid.has(name)) }
}

/** One check of a property, which may depend on others. */
export type Check = readonly [isValid: boolean, must: string, fix: string]

export type Checks<Settings> = { readonly [Property in keyof Settings]?: readonly Check[] }

/** The problems of the checks that fail. */
export function failedChecks<Settings extends object>(
  path: string,
  settings: Settings,
  checks: Checks<Settings>,
): Problem[] {
  const properties = Object.keys(checks) as (keyof Settings & string)[]
  return properties.flatMap((property) =>
    (checks[property] ?? [])
      .filter(([isValid]) => !isValid)
      .map(([, must, fix]) => ({
        path: `${path}.${property}`,
        must,
        got: settings[property],
        fix,
      })),
  )
}

/** The check of a minimum against its maximum. */
export function noMoreThan(min: number, max: number, maxName: string): Check {
  return [
    min <= max,
    `be no more than ${maxName}, which is ${max}`,
    `Lower it, or raise ${maxName}.`,
  ]
}

/** One of a few strings. */
export function oneOf<Word extends string>(...words: readonly Word[]): Rule<Word> {
  return {
    hasType: (value): value is Word => words.some((word) => word === value),
    isValid: () => true,
    must: `be ${words.map((word) => `"${word}"`).join(' or ')}`,
    fix: 'Choose either.',
  }
}

/** A whole number within bounds. The reason completes the message. */
export function wholeNumber(min: number, max: number, reason: string): Rule<number> {
  return {
    hasType: isNumber,
    isValid: (value) => Number.isInteger(value) && value >= min && value <= max,
    must: `be a whole number from ${min} to ${max}${reason}`,
    fix: `Choose from ${min} to ${max}.`,
  }
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

export function isString(value: unknown): value is string {
  return typeof value === 'string'
}

export function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && Array.from(value).every(isString)
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sentence({ path, must, got, fix }: Problem): string {
  return `${path}: must ${must}; got ${shown(got)}. ${fix}`
}

/** As JSON, if JSON can represent the value. */
function shown(got: unknown): string {
  if (got === undefined) return 'nothing'
  if (typeof got === 'number' || typeof got === 'bigint') return String(got)
  try {
    return JSON.stringify(got) ?? String(got)
  } catch {
    return inspect(got)
  }
}
