import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { TerraformToolError } from './errors'
import type { ChangeSummary } from './events'
import { type StackFolders, workspace } from './folders'

/** What a plan was made from and against: whoever applies it later must find the same. */
export interface AboutPlan {
  readonly stack: string
  readonly environment: string
  /** Of the repository, with `+` where files were changed beside it. */
  readonly commit: string
  readonly state: { readonly serial: number; readonly lineage: string }
  /** Of the plan file: nobody has changed it since. */
  readonly sha256: string
  readonly changes: boolean
  /** How much it changes, for the progress of who applies it. */
  readonly summary?: ChangeSummary
  /** Whether samples stood in for what it reads. */
  readonly fixtures: boolean
}

export const aboutFile = 'plan.about.json'
export const planFile = 'plan.tfplan'

/** Writes beside a plan what it is about, for the review and for a later deploy. */
export function writeAbout(
  { stack, environment, work, planFile: plan }: StackFolders,
  what: Pick<AboutPlan, 'changes' | 'fixtures' | 'summary'>,
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

/** A plan file is a zip, in which the state stands that it was made against. */
function stateOf(plan: Buffer): AboutPlan['state'] {
  const { tfstate } = unzipSync(plan, { filter: ({ name }) => name === 'tfstate' })
  const { serial = 0, lineage = '' } =
    tfstate === undefined ? {} : JSON.parse(Buffer.from(tfstate).toString('utf8'))
  return { serial, lineage }
}

export function commitNow(): string {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: workspace, encoding: 'utf8' })
  const { status, stdout } = git('rev-parse', 'HEAD')
  if (status !== 0) return 'unknown'
  return `${stdout.trim()}${git('status', '--porcelain').stdout.trim() === '' ? '' : '+'}`
}

/** What is known of a reviewed plan in a folder: `<folder>/<stack>/`, with both files that `plan` writes. */
export function readReviewed(folder: string, stack: string): { about: AboutPlan; plan: string } {
  const place = join(folder, stack)
  const [plan, file] = [join(place, planFile), join(place, aboutFile)]
  for (const needed of [plan, file]) {
    if (existsSync(needed)) continue
    throw new TerraformToolError(
      `${needed}: is not there, so there is no reviewed plan of ${stack}. Plan it, review it, and put both files of its work folder there; or deploy without --plans.`,
    )
  }
  let about: unknown
  try {
    about = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    about = undefined
  }
  if (!isAbout(about)) {
    throw new TerraformToolError(
      `${file}: does not say what the plan is about. Plan ${stack} anew.`,
    )
  }
  return { about, plan }
}

function isAbout(value: unknown): value is AboutPlan {
  const about = value as Partial<AboutPlan> | undefined | null
  return (
    [about?.stack, about?.environment, about?.commit, about?.sha256, about?.state?.lineage].every(
      (text) => typeof text === 'string',
    ) &&
    [about?.changes, about?.fixtures].every((flag) => typeof flag === 'boolean') &&
    typeof about?.state?.serial === 'number'
  )
}

/**
 * Why a reviewed plan must not be applied, in a line each. Empty where nothing has changed since.
 *
 * @param state as it is now
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
  if (about.stack !== now.stack)
    reasons.push(`it is a plan of ${about.stack}, and this is ${now.stack}`)
  if (about.environment !== now.environment) {
    reasons.push(`it is a plan for ${about.environment}, and this is ${now.environment}`)
  }
  if (createHash('sha256').update(readFileSync(plan)).digest('hex') !== about.sha256) {
    reasons.push('the plan file is not the one that was reviewed: its bytes are others')
  }
  if (about.fixtures) reasons.push('it was planned on samples of what it reads')
  if (now.commit === `${about.commit}+`) {
    reasons.push('files have been changed here that no commit has')
  } else if (about.commit !== now.commit) {
    reasons.push(`it was made from commit ${about.commit}, and this is ${now.commit}`)
  } else if (now.commit.endsWith('+')) {
    reasons.push(
      'it was made from files that no commit has, so nobody can tell whether they are the same',
    )
  }
  if (about.state.lineage !== '' && about.state.lineage !== now.state.lineage) {
    reasons.push('it was made against another state altogether')
  } else if (about.state.serial !== now.state.serial) {
    reasons.push(
      `somebody has deployed since: the state had serial ${about.state.serial}, and has ${now.state.serial}`,
    )
  }
  return reasons
}
