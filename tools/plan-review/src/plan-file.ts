import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { ReviewError } from './errors'
import {
  isObject,
  isTooDeep,
  type JsonObject,
  listIn,
  maxDepth,
  textIn,
  textOf,
  valueIn,
} from './json'

/** A plan as `terraform show -json` writes it. */
export interface PlanFile {
  readonly file: string
  readonly json: JsonObject
  readonly formatVersion: string
  readonly sha256: string
  /** Warnings about the plan as a whole, which the review shows first. */
  readonly warnings: readonly string[]
}

const howTo =
  'Make one with: terraform plan -out=plan.tfplan && terraform show -json plan.tfplan > plan.json'
const newestMinor = 2

export function readPlan(file: string): PlanFile {
  return parsePlan(file, contentOf(file))
}

/** @param file the name in messages */
export function parsePlan(file: string, content: Buffer): PlanFile {
  const rejected = (got: string) =>
    new ReviewError(`${file}: must be a plan as JSON; got ${got}. ${howTo}`)
  if (content.length === 0) throw rejected('an empty file')
  if (content.subarray(0, 2).toString('latin1') === 'PK') {
    throw rejected('a binary plan file, which terraform show -json converts to JSON')
  }
  const json = parsed(content, rejected)
  if (!isObject(json)) throw rejected('JSON that is not an object')
  if (isTooDeep(json)) throw rejected(`JSON that is nested deeper than ${maxDepth} levels`)
  const formatVersion = textIn(json, 'format_version')
  if ('lineage' in json && 'serial' in json) throw rejected('a state file')
  if ('values' in json && !('resource_changes' in json) && !('planned_values' in json)) {
    throw rejected('a state as JSON, which has no changes')
  }
  if ('@level' in json) throw rejected('one line of the log that plan -json prints')
  if (formatVersion === undefined) throw rejected('JSON without a format_version')
  const [major, minor = Number.NaN] = formatVersion.split('.').map(Number)
  if (major !== 1) {
    throw rejected(
      `format_version ${formatVersion}, which is not supported: it must be 1.x (Terraform 1.1 and newer, OpenTofu)`,
    )
  }
  const partsOfPlan = ['planned_values', 'resource_changes', 'output_changes', 'configuration']
  if (!partsOfPlan.some((key) => key in json)) throw rejected('JSON without any part of a plan')
  return {
    file,
    json,
    formatVersion,
    sha256: createHash('sha256').update(content).digest('hex'),
    warnings: [
      ...(minor > newestMinor
        ? [
            `format_version ${formatVersion} is newer than the newest known one (1.${newestMinor}): unknown parts are left out`,
          ]
        : []),
      ...(json.errored === true ? ['Terraform ended with an error: the plan is incomplete'] : []),
      ...(json.complete === false
        ? ['the plan is incomplete: Terraform deferred changes to a later plan']
        : []),
      ...(listIn(json, 'deferred_changes').length > 0
        ? [`${listIn(json, 'deferred_changes').length} changes are deferred to a later plan`]
        : []),
    ],
  }
}

function contentOf(file: string): Buffer {
  try {
    if (statSync(file).isDirectory()) {
      throw new ReviewError(`${file}: must be a file with a plan as JSON; got a folder. ${howTo}`)
    }
    return readFileSync(file)
  } catch (error) {
    if (error instanceof ReviewError) throw error
    const code = textOf(valueIn(error, 'code'))
    throw new ReviewError(
      `${file}: cannot be read (${code === 'ENOENT' ? 'the file does not exist' : code}). Correct the path.`,
    )
  }
}

function parsed(content: Buffer, rejected: (got: string) => ReviewError): unknown {
  const text = content.toString('utf8').replace(/^\uFEFF/, '')
  try {
    return JSON.parse(text)
  } catch {
    const first = text.trimStart().split('\n')[0] ?? ''
    // The message of the parser would quote the file, which may contain secrets.
    if (first.includes('"@level"')) {
      throw rejected('the log that plan -json prints, one object a line')
    }
    if (!/^\s*[{[]/.test(text)) throw rejected('text that is not JSON')
    throw rejected(`JSON that is cut off or damaged (${content.length} bytes)`)
  }
}
