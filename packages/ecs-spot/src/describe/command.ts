import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ECSClient } from '@aws-sdk/client-ecs'
import { type Described, describeServices } from './describe'
import { DescribeError, explained } from './errors'
import type { Selection } from './selection'

// The command works on Node 20 too.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

export const usage = `ecs-spot describe --cluster NAME [options]

Describes the services of a cluster for SpotFailover, as JSON. It changes nothing in AWS. Commit the file.

  --cluster NAME               the cluster
  --service NAME,NAME          only these services
  --tag KEY=VALUE              only services with this tag
  --out FILE                   write the file, instead of printing it
  --spot-provider NAME,NAME    capacity providers whose Auto Scaling groups are on Spot, besides FARGATE_SPOT
  --standby-provider NAME      the capacity provider of the standbys (default: FARGATE, or an on-demand one of the service)
  --target-group SERVICE=ARN   the other target group of a service that CodeDeploy releases; can be repeated

Credentials, region and endpoint are those of the AWS CLI: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL.
Exit code: 0 all selected services are described, 1 nothing was read, 2 some selected services can have no standby: the
reasons are printed, and the file has the others.
`

/** What a run prints, and its exit code. */
export interface Outcome {
  readonly output: string
  /** For the error stream. */
  readonly messages: string
  readonly code: number
}

const exitCodes = { described: 0, failed: 1, refused: 2 } as const

/** Runs a command line. `createClient` is for tests. */
export async function run(
  args: readonly string[],
  createClient: () => Pick<ECSClient, 'send'> = () => new ECSClient({ maxAttempts: 6 }),
): Promise<Outcome> {
  const [command, ...rest] = args
  if (command === undefined || rest.includes('--help') || command === '--help') {
    return { output: usage, messages: '', code: exitCodes.described }
  }
  try {
    if (command !== 'describe') {
      throw new DescribeError(`the command must be "describe"; got "${command}".\n\n${usage}`)
    }
    const { selection, out } = optionsOf(rest)
    return written(await describeServices(createClient(), selection), out)
  } catch (error) {
    return { output: '', messages: `${explained(error).message}\n`, code: exitCodes.failed }
  }
}

function written({ services, refused }: Described, out: string | undefined): Outcome {
  const json = `${JSON.stringify(services, null, 2)}\n`
  if (out !== undefined) writeFileSync(out, json)
  const refusedCount = new Set(refused.map(({ service }) => service)).size
  const lines = [
    ...refused.map(({ service, reason }) => `refused ${service}: ${reason}`),
    ...(out === undefined ? [] : [`${out}: ${services.length} described, ${refusedCount} refused`]),
  ]
  return {
    output: out === undefined ? json : '',
    messages: lines.map((line) => `${line}\n`).join(''),
    code: refused.length === 0 ? exitCodes.described : exitCodes.refused,
  }
}

function optionsOf(args: readonly string[]): { selection: Selection; out: string | undefined } {
  const { cluster, service, tag, out, ...options } = parsed(args)
  if (cluster === undefined || cluster === '') {
    throw new DescribeError(`--cluster: must name a cluster; got nothing.\n\n${usage}`)
  }
  const selection: Selection = {
    cluster,
    spotProviders: listed(options['spot-provider']),
    targetGroups: groupsByService(options['target-group']),
    ...(service !== undefined && { services: listed(service) }),
    ...(tag !== undefined && { tag: pairIn('--tag', 'KEY=VALUE', tag) }),
    ...(options['standby-provider'] !== undefined && {
      standbyProvider: options['standby-provider'],
    }),
  }
  return { selection, out }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        cluster: { type: 'string' },
        service: { type: 'string' },
        tag: { type: 'string' },
        out: { type: 'string' },
        'spot-provider': { type: 'string' },
        'standby-provider': { type: 'string' },
        'target-group': { type: 'string', multiple: true },
      },
    }).values
  } catch (error) {
    throw new DescribeError(`${explained(error).message}\n\n${usage}`)
  }
}

function listed(text = ''): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function groupsByService(options: readonly string[] = []): Record<string, readonly string[]> {
  const found: Record<string, readonly string[]> = {}
  for (const option of options) {
    const { key, value } = pairIn('--target-group', 'SERVICE=ARN', option)
    found[key] = [...(found[key] ?? []), value]
  }
  return found
}

function pairIn(option: string, form: string, text: string): { key: string; value: string } {
  const index = text.indexOf('=')
  if (index > 0) return { key: text.slice(0, index), value: text.slice(index + 1) }
  throw new DescribeError(`${option}: must have the form ${form}; got "${text}".`)
}
