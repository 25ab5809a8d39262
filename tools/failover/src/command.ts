import { parseArgs } from 'node:util'
import { environmentNamed, environments } from '@tideway/constructs/environments'
import { type AwsSettings, awsClients } from './aws'
import { type Controller, expectedController, findController } from './controller'
import { nearestFirst, OperatorError, type Place, UsageError } from './errors'
import { AwsTime } from './time'
import type { Values, Verb, VerbContext } from './verb'
import { dryRun } from './verbs/dry-run'
import { force } from './verbs/force'
import { gameday } from './verbs/gameday'
import { history } from './verbs/history'
import { hold } from './verbs/hold'
import { policy } from './verbs/policy'
import { resume } from './verbs/resume'
import { savings } from './verbs/savings'
import { status } from './verbs/status'
import { why } from './verbs/why'

const verbs: Readonly<Record<string, Verb>> = {
  status,
  why,
  hold,
  force,
  resume,
  'dry-run': dryRun,
  history,
  savings,
  gameday,
  policy,
}

const commonOptions = {
  configuration: { type: 'string', short: 'c' },
  cluster: { type: 'string' },
  region: { type: 'string' },
  prefix: { type: 'string' },
  json: { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
  help: { type: 'boolean', short: 'h' },
} as const

const commonUsage = `  -c ENV               one of packages/constructs/src/environments.ts
      --cluster NAME   instead, a cluster that SpotFailover was attached to;
                       with -c, only this cluster
      --region REGION  its region
      --prefix PREFIX  of its names (default: made from the name of the cluster)
      --json           print JSON; npm run --silent failover prints nothing else
  -y, --yes            confirm a change without a question, for scripts
  -h, --help           print the usage, also of a verb`

export function usage(): string {
  const width = Math.max(...Object.keys(verbs).map((name) => name.length))
  const lines = Object.entries(verbs).map(
    ([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`,
  )
  return `npm run failover -- VERB [SERVICE] -c ENV [options]

${lines.join('\n')}

${commonUsage}

Exit code: 0 fine, 1 it could not be done, 2 wrong usage. status: also 3
somebody is covered or held, 4 somebody is short.`
}

/** The outside world of the command. */
export interface World
  extends Pick<VerbContext, 'ask' | 'print' | 'signal' | 'sleep' | 'terminal' | 'warn'> {
  readonly variables: NodeJS.ProcessEnv
  /** The URL of the local cloud that runs in this clone. */
  localEndpoint(): Promise<string | undefined>
  /** For tests. @default those of the environment */
  readonly clientSettings?: Partial<AwsSettings>
}

/** Where the verb works, as the options name it. */
interface Target extends Place {
  readonly account: string | undefined
  readonly prefix: string
  readonly cluster: string | undefined
  readonly asks: boolean
  readonly hasUsers: boolean
  readonly isEmulator: boolean
}

export interface Parsed {
  readonly verb: Verb
  readonly place: Place
  readonly run: () => Promise<number>
}

/** Reads the command line. Throws a UsageError; returns text for `--help`. */
export function parse(args: readonly string[], world: World): Parsed | string {
  const [name = '', ...rest] = args
  if (['', '-h', '--help', 'help'].includes(name)) return usage()
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (verb === undefined) {
    const [nearest] = nearestFirst(name, Object.keys(verbs))
    throw new UsageError(`"${name}" is no verb; nearest: ${nearest}.\n\n${usage()}`)
  }
  const verbUsage = `${verb.usage}\n\n${commonUsage}`
  const { values, positionals } = parseOptions(rest, verb, verbUsage)
  if (values.help === true) return verbUsage
  const target = targetOf(values, world.variables, verbUsage)
  return {
    verb,
    place: target,
    run: async () => verb.run(await contextOf(target, verb, world), values, positionals),
  }
}

function parseOptions(args: readonly string[], verb: Verb, verbUsage: string) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...commonOptions, ...verb.options },
      allowPositionals: true,
    })
    return { values: values as Values, positionals }
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${verbUsage}`)
  }
}

function targetOf(values: Values, variables: NodeJS.ProcessEnv, verbUsage: string): Target {
  const { cluster, region, prefix } = values as Readonly<Record<string, string | undefined>>
  const option = values.configuration as string | undefined
  const name = option ?? variables.TIDEWAY_ENV
  if (name) {
    requireEnvironment(name, option === undefined ? 'TIDEWAY_ENV' : '-c')
    const environment = environmentNamed(name)
    const isEmulator = environment.endpoints === 'emulator'
    return {
      environment: name,
      region: region ?? environment.region,
      account: environment.account,
      prefix: prefix ?? `tideway-${name}`,
      cluster,
      asks: !isEmulator,
      hasUsers: environment.alarmEmails.length > 0,
      isEmulator,
    }
  }
  if (cluster === undefined || region === undefined) {
    const missing = cluster === undefined ? '-c ENV, or --cluster and --region' : '--region'
    throw new UsageError(`${missing}: must be given; got nothing.\n\n${verbUsage}`)
  }
  return {
    environment: cluster,
    region,
    account: undefined,
    prefix: prefix ?? prefixFrom(cluster),
    cluster,
    asks: true,
    hasUsers: true,
    isEmulator: false,
  }
}

/** @param from where the name was given */
function requireEnvironment(name: string, from: string): void {
  if (Object.hasOwn(environments, name)) return
  const names = Object.keys(environments).join(', ')
  throw new UsageError(`${from}: must be one of ${names}; got ${name}.`)
}

/** As SpotFailover makes it. */
function prefixFrom(cluster: string): string {
  const name = cluster
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  return /^[a-z]/.test(name) ? name : `ecs-${name}`
}

/** By default, the SDK waits without an end, and only warns. */
const timeouts = { connectionTimeout: 5000, requestTimeout: 10_000, throwOnRequestTimeout: true }

async function contextOf(target: Target, verb: Verb, world: World): Promise<VerbContext> {
  const { environment, region, prefix, cluster, asks, hasUsers } = target
  const endpoint = verb.isOffline ? undefined : await endpointOf(target, world)
  const time = new AwsTime()
  const aws = awsClients(
    {
      region,
      // The controller shares the limits of the account: a command waits rather than fails.
      maxAttempts: 5,
      requestHandler: timeouts,
      ...(endpoint !== undefined && { endpoint }),
      // A key of the local cloud that names a role stays.
      ...(target.isEmulator &&
        !world.variables.AWS_ACCESS_KEY_ID?.startsWith('role.') && {
          credentials: { accessKeyId: 'operator', secretAccessKey: 'local' },
        }),
      ...world.clientSettings,
    },
    (at) => time.note(at),
  )
  const found = verb.isOffline
    ? expected(target)
    : withCluster(await findController(aws, prefix, target), cluster, target)
  const account = checkedAccount(found.account, target)
  return {
    ...world,
    environment,
    region,
    account,
    asks,
    hasUsers,
    aws,
    controller: found.controller,
    now: () => time.now(() => findController(aws, prefix, target)),
  }
}

function expected({ prefix, cluster, account = '*' }: Target) {
  return { controller: expectedController(prefix, cluster ?? `${prefix}-compute`), account }
}

/** Only the cluster that the options name. */
function withCluster(
  found: { readonly controller: Controller; readonly account: string },
  cluster: string | undefined,
  { region }: Target,
) {
  const { controller } = found
  if (cluster === undefined) return found
  if (controller.clusters.includes(cluster)) {
    return { ...found, controller: { ...controller, clusters: [cluster] } }
  }
  throw new OperatorError(
    `--cluster: must be a cluster of ${controller.functionName} in ${region}: ${nearestFirst(cluster, controller.clusters).join(', ')}; got ${cluster}.`,
  )
}

/** Credentials of another account find a controller of the same name there. */
function checkedAccount(found: string, { account, environment, isEmulator }: Target): string {
  if (account === undefined || isEmulator || found === account) return account ?? found
  throw new OperatorError(
    `The credentials belong to account ${found}, and ${environment} is account ${account}. Sign in to that account. Nothing was changed.`,
  )
}

async function endpointOf(
  { isEmulator }: Target,
  { variables, localEndpoint }: World,
): Promise<string | undefined> {
  const endpoint = variables.AWS_ENDPOINT_URL || (isEmulator ? await localEndpoint() : undefined)
  if (endpoint !== undefined || !isEmulator) return endpoint
  throw new OperatorError(
    'AWS_ENDPOINT_URL: must be the URL of the AWS emulator; got nothing, and no local cloud runs here. Start it: npm start',
  )
}
