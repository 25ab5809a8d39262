import { join } from 'node:path'
import type { Service } from '@tideway/spot-simulator'
import { workspace } from '@tideway/terraform/folders'
import { accessKeyOf } from '../access/callers'
import type { DroughtSimulation } from '../drought/drought-simulation'
import { desiredTasks, hasStandbys } from '../drought/pairs'
import { jsonError } from '../gateway/aws-response'
import type { LocalCloud } from '../local-cloud'
import { account } from '../patches/account'
import { startChildProcess } from '../process/child-process'
import { localVariables } from './nx'

const RoleName = 'tideway-local-operator'
const roleArn = `arn:aws:iam::${account.id}:role/${RoleName}`
const script = join(workspace, 'tools/failover/src/main.ts')

/** What commands call only where there is a limit of the cost of cover, or where instances run on Spot. */
const notCalledHere = ['dynamodb:Query', 'ec2:DescribeSpotPriceHistory']

/** After the last change of a pair, until its state is calm. */
const calmSeconds = 300

/** Of the script: an import of its package would be a cycle of packages. */
type Main = (args: readonly string[], world: object) => Promise<number>

interface Ended {
  readonly code: number
  readonly output: string
}

/** What a command must do. */
interface Expectation {
  readonly code: number
  /** In its output. */
  readonly says?: readonly RegExp[]
  /** Runs it as an operator does, which takes seconds. @default it runs in this process */
  readonly inProcess?: boolean
  /** Presses Ctrl-C once the output has this. Only with `inProcess`. */
  readonly interruptAfter?: RegExp
}

/** Runs the operator's commands on a simulation, under a role with the policies that the command prints. */
class Operator {
  /** What was not as promised. */
  readonly problems: string[] = []
  private granted: readonly string[] = []

  constructor(private readonly cloud: LocalCloud) {}

  /** Runs work under the role, and removes the role after it. */
  async work(work: () => Promise<unknown>): Promise<void> {
    const { iam } = this.cloud.aws
    const { output } = await this.run('policy')
    const policies: Readonly<Record<string, { Statement: { Action: string | string[] }[] }>> =
      JSON.parse(output)
    const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: account.id } }
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] })
    await iam.createRole({ RoleName, AssumeRolePolicyDocument })
    for (const [PolicyName, policy] of Object.entries(policies)) {
      await iam.putRolePolicy({ RoleName, PolicyName, PolicyDocument: JSON.stringify(policy) })
    }
    // A game day is only planned here.
    this.granted = Object.entries(policies).flatMap(([name, { Statement }]) =>
      name === 'gameday' ? [] : Statement.flatMap(({ Action }) => Action),
    )
    try {
      await work()
    } finally {
      for (const PolicyName of Object.keys(policies)) {
        await iam.deleteRolePolicy({ RoleName, PolicyName })
      }
      await iam.deleteRole({ RoleName })
    }
  }

  /** Runs `npm run failover -- ...` in the environment `local`. */
  async check(command: string, expected: Expectation): Promise<void> {
    const { code, says = [] } = expected
    const ended = await this.run(command, expected)
    if (ended.code !== code) {
      this.problems.push(
        `${command}: expected exit code ${code}, got ${ended.code}:\n${ended.output}`,
      )
    }
    for (const pattern of says) {
      this.expect(`${command}: ${pattern} in\n${ended.output}`, pattern.test(ended.output))
    }
  }

  expect(what: string, isTrue: boolean): void {
    if (!isTrue) this.problems.push(`not as promised: ${what}`)
  }

  /** Checks that a command without an action of the role is refused, and names the action. */
  async refused(command: string, action: string): Promise<void> {
    const restore = this.cloud.roles.take(roleArn, action)
    await this.check(command, { code: 1, says: [new RegExp(action)] })
    restore()
  }

  /** Checks that a command reports that AWS throttles an operation. */
  async throttled(command: string, operation: string): Promise<void> {
    const { gateway } = this.cloud
    const { authorize } = gateway
    gateway.authorize = async (request) =>
      request.operation === operation && request.accessKeyId === accessKeyOf(roleArn)
        ? jsonError('ThrottlingException', 'Rate exceeded')
        : authorize?.(request)
    await this.check(command, { code: 1, says: [/throttles/i, /nothing was changed/i] })
    gateway.authorize = authorize
  }

  /** The actions of the policies that no command has used, and the calls that they did not allow. */
  unusedAndDenied(): string[] {
    const called = [...this.cloud.roles.calledBy(roleArn), ...notCalledHere]
    const unused = new Set(this.granted.filter((action) => !called.includes(action)))
    return [
      ...[...unused].map((action) => `the policy allows ${action}, which no command has called`),
      ...[...this.cloud.roles.denied].filter((line) => line.includes(RoleName)),
    ]
  }

  private run(command: string, expected: Partial<Expectation> = {}): Promise<Ended> {
    const args = [...command.split(' '), '-c', 'local']
    const credentials = { accessKeyId: accessKeyOf(roleArn), secretAccessKey: 'local' }
    const variables = {
      ...localVariables(this.cloud.url),
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    }
    return expected.inProcess
      ? runProcess(args, variables, expected)
      : runHere(args, { variables, clientSettings: { credentials } })
  }
}

async function runHere(args: readonly string[], settings: object): Promise<Ended> {
  const { main }: { main: Main } = await import(script)
  const lines: string[] = []
  const print = (line: string) => void lines.push(line)
  const code = await main(args, {
    ...settings,
    print,
    warn: print,
    signal: new AbortController().signal,
    ask: async () => undefined,
    localEndpoint: async () => undefined,
  })
  return { code, output: lines.join('\n') }
}

function runProcess(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { interruptAfter }: Pick<Expectation, 'interruptAfter'>,
): Promise<Ended> {
  const command = [process.execPath, '--require', 'tsx/cjs', script, ...args]
  const child = startChildProcess('SIGINT', command, { cwd: workspace, env })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text
      if (interruptAfter?.test(output)) child.stdin.end()
    })
  }
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

/** Runs every command of an operator before, in and after a drought. Returns what was not as promised. */
export async function operatorProblems(cloud: LocalCloud): Promise<string[]> {
  const simulation = await cloud.startSimulation(1)
  const operator = new Operator(cloud)
  const pairs = simulation.primaries.filter(hasStandbys)
  const [first, second] = pairs
  if (first === undefined || second === undefined) return ['there are not two pairs to operate']
  await operator.work(async () => {
    await simulation.run(300)
    await Promise.all([
      reads(operator, pairs, { status: 0 }),
      operator.check('status', { code: 0, inProcess: true }),
      operator.check('statsu', { code: 2, says: [/nearest: status/], inProcess: true }),
      operator.check('why nobody', { code: 1, says: [new RegExp(first.name)], inProcess: true }),
      operator.check('status --watch', {
        code: 0,
        interruptAfter: new RegExp(second.name),
        inProcess: true,
      }),
      operator.check('status --region eu-west-1', { code: 1, says: [/eu-west-1/] }),
      operator.check(`gameday --plan --services ${onFargate(pairs)}`, { code: 0 }),
      simulation.run(60),
    ])
    await operator.refused('status', 'ecs:DescribeServices')
    await operator.refused(`hold ${first.name}`, 'ecs:TagResource')
    await operator.throttled('status', 'DescribeServices')
    await holdsInDrought(operator, simulation, first, second)
    await forcesInCalm(operator, simulation, first, second)
    await reads(operator, pairs, { status: 0 })
  })
  return [...operator.problems, ...operator.unusedAndDenied()]
}

async function reads(
  operator: Operator,
  pairs: readonly Service[],
  { status }: { readonly status: number },
): Promise<void> {
  const says = pairs.map(({ name }) => new RegExp(name))
  await operator.check('status', { code: status, says })
  await operator.check(`why ${pairs[1]?.name}`, { code: 0, says: says.slice(1, 2) })
  await operator.check('history --days 1', { code: 0 })
  await operator.check('savings --days 1', { code: 0 })
}

async function holdsInDrought(
  operator: Operator,
  simulation: DroughtSimulation,
  held: Service,
  other: Service,
): Promise<void> {
  const tasks = (primary: Service) => desiredTasks(simulation.standbys(primary))
  const setDrought = (isDrought: boolean) => {
    for (const provider of simulation.spotProviders) simulation.setDrought(provider, isDrought)
  }
  await operator.check(`hold ${held.name} --for 1d --reason a-test`, { code: 0, inProcess: true })
  setDrought(true)
  await simulation.run(600)
  operator.expect('a held pair is not covered', tasks(held) === 0)
  operator.expect('the other pair is covered', tasks(other) > 0)
  await Promise.all([
    reads(operator, [held, other], { status: 4 }),
    operator.check('status', { code: 4, inProcess: true }),
    simulation.run(60),
  ])
  await operator.check(`resume ${held.name}`, { code: 0 })
  const isCovered = await within(3, simulation, () => tasks(held) > 0)
  operator.expect('a resumed pair is covered', isCovered)
  setDrought(false)
  const isOver = await within(45, simulation, () => tasks(held) + tasks(other) === 0)
  operator.expect('all tasks are given back', isOver)
}

async function forcesInCalm(
  operator: Operator,
  simulation: DroughtSimulation,
  forced: Service,
  other: Service,
): Promise<void> {
  const tasks = () => desiredTasks(simulation.standbys(forced))
  await operator.check(`force 1 ${forced.name} --for 1d --reason a-test`, { code: 0 })
  await operator.check(`dry-run on ${other.name} --for 1d --reason a-test`, { code: 0 })
  const isForced = await within(3, simulation, () => tasks() === 1)
  operator.expect('a forced pair has a standby task', isForced)
  await operator.check('status', { code: 3 })
  await operator.check(`resume ${forced.name}`, { code: 0 })
  await operator.check(`dry-run off ${other.name}`, { code: 0 })
  const isBack = await within(45, simulation, () => tasks() === 0)
  operator.expect('a resumed pair gives its task back', isBack)
  await simulation.run(calmSeconds)
}

/** Runs the simulation until something is so, for some minutes at most. Returns whether it is. */
async function within(
  minutes: number,
  simulation: DroughtSimulation,
  isSo: () => boolean,
): Promise<boolean> {
  for (let minute = 0; minute < minutes && !isSo(); minute++) await simulation.run(60)
  return isSo()
}

/** Game days interrupt instances by a template, which `local` does not have. */
function onFargate(pairs: readonly Service[]): string {
  return pairs
    .filter(({ tasks }) => [...tasks].every(({ provider }) => provider.name.startsWith('FARGATE')))
    .map(({ name }) => name)
    .join(',')
}
