/** One thing that is wrong with what somebody wrote down, told so that they can mend it. */
export interface Problem {
  /** Where it stands, as a property path: `environments.dev.vpcCidr`. */
  readonly path: string
  /** The constraint, read after "must": `name 2 or 3 zones`. */
  readonly must: string
  readonly got: unknown
  /** What to do about it: a whole sentence. */
  readonly fix: string
}

/** Stops a synthesis before any resource exists. Names every problem at once, not only the first. */
export class InvalidSettingsError extends Error {
  override readonly name = 'InvalidSettingsError'

  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(sentence).join('\n'))
  }
}

/** Throws when there is anything to tell, and is silent otherwise. */
export function throwIfInvalid(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new InvalidSettingsError(problems)
}

/** What one value must be. `is` is asked before `holds`, which may then rely on the type. */
export interface Rule<Value> {
  readonly hasType: (value: unknown) => value is Value
  readonly isValid: (value: Value) => boolean
  readonly must: string
  readonly fix: string
}

export type Rules<Settings> = { readonly [Property in keyof Settings]-?: Rule<Settings[Property]> }

/** What is wrong with each property by itself, and whether one may rely on some of them. */
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
  const wrong = new Set<PropertyKey>()
  for (const property of Object.keys(rules) as (keyof Settings & string)[]) {
    const { hasType, isValid, must, fix } = rules[property]
    const got: unknown = (settings as Partial<Settings>)[property]
    if (hasType(got) && isValid(got)) continue
    wrong.add(property)
    problems.push({ path: `${path}.${property}`, must, got, fix })
  }
  return { problems, areValid: (...properties) => properties.every((name) => !wrong.has(name)) }
}

export function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

/** One of a few words. */
export function oneOf<Word extends string>(...words: readonly Word[]): Rule<Word> {
  return {
    hasType: (value): value is Word => words.some((word) => word === value),
    isValid: () => true,
    must: `be ${words.map((word) => `"${word}"`).join(' or ')}`,
    fix: 'Choose either.',
  }
}

/** A whole number within bounds, for a reason. */
export function wholeNumber(least: number, most: number, because: string): Rule<number> {
  return {
    hasType: isNumber,
    isValid: (value) => Number.isInteger(value) && value >= least && value <= most,
    must: `be a whole number from ${least} to ${most}${because}`,
    fix: `Choose from ${least} to ${most}.`,
  }
}

export function isString(value: unknown): value is string {
  return typeof value === 'string'
}

export function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && Array.from(value).every(isString)
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function sentence({ path, must, got, fix }: Problem): string {
  return `${path}: must ${must}; got ${shown(got)}. ${fix}`
}

/** JSON, and what JSON has no words for. */
function shown(got: unknown): string {
  if (got === undefined) return 'nothing'
  if (typeof got === 'number' || typeof got === 'bigint') return String(got)
  return JSON.stringify(got) ?? String(got)
}
