import { parseArgs } from 'node:util'
import { environmentNamed, nameOf } from '@tideway/constructs'
import type { PairRecord } from '@tideway/failover-lambda/pair-record'
import { readPairRecord } from '@tideway/failover-lambda/store'
import { beforeReleaseFunctionName } from '../before-release'
import type { BlueGreenDefinition } from '../definition'
import { services } from '../services'
import { appSpec } from './app-spec'

const usage = 'npm run appspec -- <service> --task-definition <ARN> -c <environment>'

export const options = {
  'task-definition': { type: 'string' },
  configuration: { type: 'string', short: 'c' },
} as const

/** The validated arguments. */
function parsed(words: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options,
  })
  const released = Object.entries(services).flatMap(([name, definition]) =>
    definition.runs === 'always' && definition.release.kind === 'blue-green' ? name : [],
  )
  const [name = ''] = positionals
  if (!released.includes(name)) {
    throw new Error(
      `service: must be one that CodeDeploy releases (${released.join(', ')}); got "${name}". ${usage}`,
    )
  }
  const taskDefinitionArn = values['task-definition'] ?? ''
  if (!/^arn:aws:ecs:[\w-]+:\d{12}:task-definition\/[\w-]+:\d+$/.test(taskDefinitionArn)) {
    throw new Error(
      `--task-definition: must be the ARN of a revision, which ends in a colon and its number; got "${taskDefinitionArn}". ${usage}`,
    )
  }
  return {
    name,
    taskDefinitionArn,
    definition: services[name] as BlueGreenDefinition,
    environment: environmentNamed(values.configuration ?? ''),
  }
}

/** Reads the controller's table first: while Spot is short, the AppSpec uses on-demand capacity. */
async function printAppSpec(words: readonly string[]): Promise<void> {
  const { name, taskDefinitionArn, definition, environment } = parsed(words)
  const part = 'appspec'
  const table = nameOf(environment, 'aws_dynamodb_table', 'failover', part)
  let record: PairRecord | undefined
  try {
    record = await readPairRecord({
      region: environment.region,
      tableName: table,
      cluster: nameOf(environment, 'aws_ecs_cluster', 'compute', part),
      primary: nameOf(environment, 'aws_ecs_service', name, part),
    })
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    throw new Error(
      `cannot read the table ${table}, which records whether Spot is short (${why}). Check the credentials and the region.`,
    )
  }
  const beforeInstall = definition.beforeRelease && beforeReleaseFunctionName(environment, name)
  process.stdout.write(
    `${JSON.stringify(appSpec({ taskDefinitionArn, definition, record, beforeInstall }), null, 2)}\n`,
  )
}

/** Runs the command. Returns its exit code. */
export async function appSpecCommand(words: readonly string[]): Promise<number> {
  try {
    await printAppSpec(words)
    return 0
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    return 1
  }
}

if (require.main === module) {
  appSpecCommand(process.argv.slice(2)).then((code) => {
    process.exitCode = code
  })
}
