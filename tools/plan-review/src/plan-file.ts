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
  /** What the reader should know about the file before the rest. */
  readonly warnings: readonly string[]
}

const howTo =
  'Make one with: terraform plan -out=plan.tfplan && terraform show -json plan.tfplan > plan.json'
const newestMinor = 2

export function readPlan(file: string): PlanFile {
  return parsePlan(file, contentOf(file))
}

/** @param file what messages call it */
export function parsePlan(file: string, content: Buffer): PlanFile {
  const refuse = (got: string) =>
    new ReviewError(`${file}: must be a plan as JSON; got ${got}. ${howTo}`)
  if (content.length === 0) throw refuse('an empty file')
  if (content.subarray(0, 2).toString('latin1') === 'PK') {
    throw refuse('a binary plan file, which terraform show -json turns into JSON')
  }
  const json = parsed(content, refuse)
  if (!isObject(json)) throw refuse('JSON that is no object')
  if (isTooDeep(json)) throw refuse(`JSON that is nested deeper than ${maxDepth} levels`)
  const formatVersion = textIn(json, 'format_version')
  if ('lineage' in json && 'serial' in json) throw refuse('a state file')
  if ('values' in json && !('resource_changes' in json) && !('planned_values' in json)) {
    throw refuse('a state as JSON, which has no changes')
  }
  if ('@level' in json) throw refuse('one line of the log that plan -json prints')
  if (formatVersion === undefined) throw refuse('JSON without a format_version')
  const [major, minor = Number.NaN] = formatVersion.split('.').map(Number)
  if (major !== 1) {
    throw refuse(
      `format_version ${formatVersion}, and this review reads 1.x (Terraform 1.1 and newer, OpenTofu)`,
    )
  }
  const looksLikePlan = ['planned_values', 'resource_changes', 'output_changes', 'configuration']
  if (!looksLikePlan.some((key) => key in json))
    throw refuse('JSON that has none of the parts of a plan')
  return {
    file,
    json,
    formatVersion,
    sha256: createHash('sha256').update(content).digest('hex'),
    warnings: [
      ...(minor > newestMinor
        ? [
            `format_version ${formatVersion} is newer than this review knows (1.${newestMinor}): what it does not know is left out`,
          ]
        : []),
      ...(json.errored === true ? ['Terraform ended with an error: the plan is not whole'] : []),
      ...(json.complete === false
        ? ['the plan is not complete: Terraform put changes off to a later one']
        : []),
      ...(listIn(json, 'deferred_changes').length > 0
        ? [`${listIn(json, 'deferred_changes').length} changes are put off to a later plan`]
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
      `${file}: cannot be read (${code === 'ENOENT' ? 'there is no such file' : code}). Correct the path.`,
    )
  }
}

function parsed(content: Buffer, refuse: (got: string) => ReviewError): unknown {
  const text = content.toString('utf8').replace(/^\uFEFF/, '')
  try {
    return JSON.parse(text)
  } catch {
    const first = text.trimStart().split('\n')[0] ?? ''
    // The message of the parser would quote the file, which may hold secrets.
    if (first.includes('"@level"')) {
      throw refuse('the log that plan -json prints, one object a line')
    }
    if (!/^\s*[{[]/.test(text)) throw refuse('something that is no JSON')
    throw refuse(`JSON that is cut off or damaged (${content.length} bytes)`)
  }
}
