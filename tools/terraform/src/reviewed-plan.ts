import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { TerraformToolError } from './errors'
import type { ChangeSummary } from './events'
import { type StackFolders, workspace } from './folders'

/** The code and the state that a plan is based on. Both must be unchanged when it is applied. */
export interface AboutPlan {
  readonly stack: string
  readonly environment: string
  /** The commit of the repository, with `+` where files have uncommitted changes. */
  readonly commit: string
  readonly state: { readonly serial: number; readonly lineage: string }
  /** Of the plan file, to detect a change of it. */
  readonly sha256: string
  readonly changes: boolean
  /** The number of changes, for the progress of the apply. */
  readonly summary?: ChangeSummary
  /** Whether it is based on sample outputs. */
  readonly usesSamples: boolean
}

export const aboutFile = 'plan.about.json'
export const planFile = 'plan.tfplan'

/** Writes the description of a plan beside it, for the review and for a later deploy. */
export function writeAbout(
  { stack, environment, work, planFile: plan }: StackFolders,
  what: Pick<AboutPlan, 'changes' | 'usesSamples' | 'summary'>,
): AboutPlan {
  const bytes = readFileSync(plan)
  const about: AboutPlan = {
    stack,
    environment,
    commit: commitNow(),
    state: stateOf(bytes),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    ...what,
  }
  writeFileSync(join(work, aboutFile), `${JSON.stringify(about, null, 2)}\n`)
  return about
}

/** A plan file is a zip that contains the state it is based on. */
function stateOf(plan: Buffer): AboutPlan['state'] {
  const { tfstate } = unzipSync(plan, { filter: ({ name }) => name === 'tfstate' })
  const { serial = 0, lineage = '' } =
    tfstate === undefined ? {} : JSON.parse(Buffer.from(tfstate).toString('utf8'))
  return { serial, lineage }
}

export function commitNow(): string {
  const git = (...args: string[]) =>
    spawnSync('git', args, { cwd: workspace, env: process.env, encoding: 'utf8' })
  const { status, stdout } = git('rev-parse', 'HEAD')
  if (status !== 0) return 'unknown'
  return `${stdout.trim()}${git('status', '--porcelain').stdout.trim() === '' ? '' : '+'}`
}

/** Reads a reviewed plan from `<folder>/<stack>/`, which has both files that `plan` writes. */
export function readReviewed(folder: string, stack: string): { about: AboutPlan; plan: string } {
  const place = join(folder, stack)
  const [plan, file] = [join(place, planFile), join(place, aboutFile)]
  for (const needed of [plan, file]) {
    if (existsSync(needed)) continue
    throw new TerraformToolError(
      `${needed}: does not exist, so there is no reviewed plan of ${stack}. Plan it, review it and copy both files of its work folder there; or deploy without --plans. In CI, run all jobs of this run again.`,
    )
  }
  let about: unknown
  try {
    about = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    about = undefined
  }
  if (!isAbout(about)) {
    throw new TerraformToolError(`${file}: does not describe a plan. Plan ${stack} again.`)
  }
  return { about, plan }
}

function isAbout(value: unknown): value is AboutPlan {
  const about = value as Partial<AboutPlan> | undefined | null
  return (
    [about?.stack, about?.environment, about?.commit, about?.sha256, about?.state?.lineage].every(
      (text) => typeof text === 'string',
    ) &&
    [about?.changes, about?.usesSamples].every((flag) => typeof flag === 'boolean') &&
    typeof about?.state?.serial === 'number'
  )
}

/**
 * The reasons not to apply a reviewed plan. Empty where nothing has changed since.
 */
export function staleness(
  { about, plan }: { about: AboutPlan; plan: string },
  now: {
    readonly stack: string
    readonly environment: string
    readonly commit: string
    readonly state: AboutPlan['state']
  },
): string[] {
  const reasons: string[] = []
  if (about.stack !== now.stack) reasons.push(`it is a plan of ${about.stack}, not of ${now.stack}`)
  if (about.environment !== now.environment) {
    reasons.push(`it is a plan for ${about.environment}, not for ${now.environment}`)
  }
  if (createHash('sha256').update(readFileSync(plan)).digest('hex') !== about.sha256) {
    reasons.push('the plan file has changed since the review')
  }
  if (about.usesSamples) reasons.push('it was planned on sample outputs')
  if (now.commit === `${about.commit}+`) {
    reasons.push('files here have uncommitted changes')
  } else if (about.commit !== now.commit) {
    reasons.push(`it was planned at commit ${about.commit}, and this is ${now.commit}`)
  } else if (now.commit.endsWith('+')) {
    reasons.push('it was planned with uncommitted changes, which cannot be compared')
  }
  if (about.state.lineage !== '' && about.state.lineage !== now.state.lineage) {
    reasons.push('it was planned against the state of another deployment')
  } else if (about.state.serial !== now.state.serial) {
    reasons.push(
      `the stack was deployed since: the state had serial ${about.state.serial}, and now has ${now.state.serial}`,
    )
  }
  return reasons
}
