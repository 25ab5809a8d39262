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
export function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new InvalidSettingsError(problems)
}

function sentence({ path, must, got, fix }: Problem): string {
  const value = got === undefined ? 'nothing' : JSON.stringify(got)
  return `${path}: must ${must}; got ${value}. ${fix}`
}
