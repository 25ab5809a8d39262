import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { actionsLike } from '@tideway/controls/iam-data'
import { workspace } from './documents'

/** The services of the CLI whose permissions have another prefix. */
const prefixes: Readonly<Record<string, string>> = {
  deploy: 'codedeploy',
  elbv2: 'elasticloadbalancing',
  stepfunctions: 'states',
}

/** Commands of the CLI that are no operation, or whose permission has another name, with the permission. */
const permissions: Readonly<Record<string, string>> = {
  'logs tail': 'logs:FilterLogEvents',
  's3 ls': 's3:ListBucket',
  's3 sync': 's3:PutObject',
  's3api copy-object': 's3:PutObject',
  's3api list-object-versions': 's3:ListBucketVersions',
}

/** Options that the CLI adds to an operation, or those of a command that is none. */
const added: Readonly<Record<string, readonly string[]>> = {
  'cloudfront create-invalidation': ['--paths'],
  'logs tail': ['--since', '--follow', '--filter-pattern', '--format'],
  's3 ls': ['--recursive', '--human-readable'],
  's3 sync': ['--delete', '--exclude', '--cache-control'],
  's3api copy-object': ['--bucket', '--key', '--copy-source'],
  's3api list-object-versions': ['--bucket', '--prefix'],
}

/** Of every command. Those of pages are for operations that return pages. */
const common =
  /^--(query|output|region|profile|endpoint-url|no-cli-pager|no-paginate|max-items|page-size|starting-token|cli-input-json)$/

/** The packages of the SDK that the CLI calls by another name. */
const packages: Readonly<Record<string, string>> = {
  autoscaling: 'auto-scaling',
  elbv2: 'elastic-load-balancing-v2',
  events: 'eventbridge',
  logs: 'cloudwatch-logs',
  route53: 'route-53',
}

/** What is wrong with a command of the AWS CLI. */
export function awsProblem(words: readonly string[]): string | undefined {
  const [service = '', operation = '', ...rest] = words
  const name = `${service} ${operation}`
  const action =
    permissions[name] ?? `${prefixes[service] ?? service}:${operation.replaceAll('-', '')}`
  if (actionsLike(action).length === 0) return `aws has no operation "${name}"`
  const known = optionsOf(service, operation)
  const given = rest.flatMap((word) => /^--[a-z][\w-]*/.exec(word)?.[0] ?? [])
  const wrong = given.find((option) => {
    if (common.test(option) || added[name]?.includes(option)) return false
    if (permissions[name] !== undefined) return true
    return known !== undefined && !known.has(option.replace(/^--no-/, '--')) && !known.has(option)
  })
  return wrong === undefined ? undefined : `aws ${name} has no option ${wrong}`
}

const optionsByOperation = new Map<string, ReadonlySet<string> | undefined>()

/** The options of an operation, from the types of its input in the SDK. Undefined if that client is not installed. */
function optionsOf(service: string, operation: string): ReadonlySet<string> | undefined {
  const key = `${service} ${operation}`
  if (!optionsByOperation.has(key)) optionsByOperation.set(key, readOptions(service, operation))
  return optionsByOperation.get(key)
}

function readOptions(service: string, operation: string): ReadonlySet<string> | undefined {
  const types = join(
    workspace,
    `node_modules/@aws-sdk/client-${packages[service] ?? service}/dist-types`,
  )
  if (!existsSync(types)) return undefined
  const wanted = `${operation.replaceAll('-', '')}command.d.ts`
  const file = readdirSync(join(types, 'commands')).find((each) => each.toLowerCase() === wanted)
  if (file === undefined) return undefined
  const command = readFileSync(join(types, 'commands', file), 'utf8')
  const [, input = ''] = /CommandInput extends (\w+)/.exec(command) ?? []
  for (const model of readdirSync(join(types, 'models'))) {
    const text = readFileSync(join(types, 'models', model), 'utf8')
    const start = text.indexOf(`export interface ${input} `)
    if (start === -1) continue
    const body = text.slice(start, text.indexOf('\n}', start))
    return new Set(
      [...body.matchAll(/^ {4}(\w+)\??:/gm)].map(([, member = '']) => optionFor(member)),
    )
  }
  return undefined
}

/** `DBInstanceIdentifier` is `--db-instance-identifier`. */
function optionFor(member: string): string {
  const words = member.replace(/(.)([A-Z][a-z]+)/g, '$1-$2').replace(/([a-z0-9])([A-Z])/g, '$1-$2')
  return `--${words.toLowerCase()}`
}
