import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { ReviewError } from './errors'
import {
  isList,
  isObject,
  type Json,
  type JsonObject,
  listIn,
  objectIn,
  textIn,
  textOf,
  valueIn,
} from './json'
import { decode, parse, UnreadableText } from './plan-text'

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
  const { json, warnings } = jsonIn(content, rejected)
  if (!isObject(json)) throw rejected('JSON that is not an object')
  const other = otherFiles.find(({ has }) => has.every((key) => Object.hasOwn(json, key)))
  if (other !== undefined) throw rejected(other.is)
  const formatVersion = formatVersionOf(json, rejected)
  const partsOfPlan = [
    ...['planned_values', 'resource_changes', 'output_changes', 'configuration'],
    'action_invocations',
  ]
  if (!partsOfPlan.some((key) => key in json)) throw rejected('JSON without any part of a plan')
  for (const [key, isRight, shape] of shapes) {
    if (key in json && !isRight(json[key])) throw rejected(`${key} that is not ${shape}`)
  }
  const planned = objectIn(objectIn(json, 'planned_values'), 'root_module')
  const plansResources = ['resources', 'child_modules'].some(
    (key) => listIn(planned, key).length > 0,
  )
  if (!('resource_changes' in json) && plansResources)
    throw rejected('a plan without its resource_changes')
  const minor = Number(formatVersion.split('.')[1])
  const deferred = ['deferred_changes', 'deferred_action_invocations'].flatMap((key) =>
    listIn(json, key),
  ).length
  const invoked = listIn(json, 'action_invocations').map((each) => textIn(each, 'address'))
  return {
    file,
    json,
    formatVersion,
    sha256: createHash('sha256').update(content).digest('hex'),
    warnings: [
      ...warnings,
      ...(minor > newestMinor
        ? [
            `format_version ${formatVersion} is newer than the newest known one (1.${newestMinor}): unknown parts are left out`,
          ]
        : []),
      ...(isSet(json.errored) ? ['Terraform ended with an error: the plan is incomplete'] : []),
      ...('complete' in json && json.complete !== true
        ? ['the plan is incomplete: Terraform deferred changes to a later plan']
        : []),
      ...(invoked.length > 0
        ? [
            `the apply also runs actions of providers, which no rule judges (${invoked.length}): ${invoked.slice(0, 5).join(', ')}`,
          ]
        : []),
      ...(deferred > 0 ? [`${deferred} changes are deferred to a later plan`] : []),
    ],
  }
}

const isSet = (value: Json | undefined) => value !== undefined && value !== null && value !== false

/** JSON that people take for a plan, by its keys. */
const otherFiles = [
  { has: ['lineage', 'serial'], is: 'a state file' },
  { has: ['encrypted_data'], is: 'an encrypted plan file, which tofu show -json converts to JSON' },
  {
    has: ['remote_plan_format'],
    is: 'the bookmark of a plan in HCP Terraform, which terraform show -json converts to JSON',
  },
  { has: ['@level'], is: 'one line of the log that plan -json prints' },
] as const

/** The parts whose loss would hide a change. */
const shapes = [
  ['resource_changes', isList, 'a list'],
  ['resource_drift', isList, 'a list'],
  ['checks', isList, 'a list'],
  ['action_invocations', isList, 'a list'],
  ['output_changes', isObject, 'an object'],
] as const

function formatVersionOf(json: JsonObject, rejected: (got: string) => ReviewError): string {
  if ('values' in json && !('resource_changes' in json) && !('planned_values' in json)) {
    throw rejected('a state as JSON, which has no changes')
  }
  if (!('format_version' in json)) throw rejected('JSON without a format_version')
  const formatVersion = textIn(json, 'format_version') ?? ''
  if (!/^1\.\d{1,9}$/.test(formatVersion)) {
    const shown = textOf(json.format_version).slice(0, 20)
    throw rejected(
      `format_version ${shown}, which is not supported: it must be 1.x (Terraform 1.1 and newer, OpenTofu)`,
    )
  }
  return formatVersion
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

function jsonIn(content: Buffer, rejected: (got: string) => ReviewError) {
  try {
    const { text, warnings } = decode(content)
    return { json: parse(text), warnings }
  } catch (error) {
    if (error instanceof UnreadableText) throw rejected(error.message)
    throw error
  }
}
