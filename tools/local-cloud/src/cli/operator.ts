import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { workspace } from '@tideway/terraform/folders'
import { accessKeyOf } from '../access/callers'
import type { DroughtSimulation } from '../drought/drought-simulation'
import { runInRealTime } from '../drought/real-time'
import { jsonError } from '../gateway/aws-response'
import type { LocalCloud } from '../local-cloud'
import { account } from '../patches/account'
import { startChildProcess } from '../process/child-process'
import { localVariables } from './nx'

const RoleName = 'tideway-local-operator'
const roleArn = `arn:aws:iam::${account.id}:role/${RoleName}`
const main = join(workspace, 'tools/failover/src/main.ts')

interface Ended {
  readonly code: number
  readonly output: string
}

/** What a call of the operator's command must do. */
interface Expectation {
  readonly code: number
  /** In its output. */
  readonly says?: readonly RegExp[]
}

/** Runs the operator's commands on a simulation, under a role with the policy that the command prints. */
export class Operator {
  /** What was not as promised. */
  readonly problems: string[] = []
  private speed = 60
  private isOver = false
  private granted: readonly string[] = []

  constructor(
    private readonly cloud: LocalCloud,
    private readonly simulation: DroughtSimulation,
  ) {}

  /** Runs work while the simulated clock runs, and removes the role after it. */
  async during(work: () => Promise<unknown>): Promise<void> {
    const { iam } = this.cloud.aws
    const { output } = await this.run(['policy', '-c', 'local'])
    const PolicyDocument = output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1)
    const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: account.id } }
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] })
    await iam.createRole({ RoleName, AssumeRolePolicyDocument })
    await iam.putRolePolicy({ RoleName, PolicyName: 'operator', PolicyDocument })
    this.granted = JSON.parse(PolicyDocument).Statement.flatMap(
      ({ Action }: { Action: string | string[] }) => Action,
    )
    const clock = runInRealTime(this.simulation, {
      speed: () => this.speed,
      isOver: () => this.isOver,
    })
    try {
      await work()
    } finally {
      this.isOver = true
      await clock
      await iam.deleteRolePolicy({ RoleName, PolicyName: 'operator' })
      await iam.deleteRole({ RoleName })
    }
  }

  /** Waits for simulated time. */
  async wait(minutes: number): Promise<void> {
    const { timeline } = this.simulation
    const end = timeline.seconds + minutes * 60
    this.speed = 1200
    while (timeline.seconds < end) await sleep(20)
    this.speed = 60
  }

  /** Runs `npm run failover -- ...` in the environment `local`. */
  async check(command: string, { code, says = [] }: Expectation): Promise<string> {
    const ended = await this.run([...command.split(' '), '-c', 'local'])
    if (ended.code !== code) {
      this.problems.push(
        `${command}: expected exit code ${code}, got ${ended.code}:\n${ended.output}`,
      )
    }
    for (const pattern of says) {
      if (!pattern.test(ended.output)) {
        this.problems.push(`${command}: expected ${pattern} in\n${ended.output}`)
      }
    }
    return ended.output
  }

  expect(what: string, isTrue: boolean): void {
    if (!isTrue) this.problems.push(`not as promised: ${what}`)
  }

  /** Checks that a call without an action of the role is refused, and names the action. */
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

  /** The actions of the policy that no command has used, and the calls that it did not allow. */
  unusedAndDenied(): string[] {
    const called = this.cloud.roles.calledBy(roleArn)
    const unused = this.granted.filter((action) => !called.includes(action))
    return [
      ...unused.map((action) => `the policy allows ${action}, which no command has called`),
      ...[...this.cloud.roles.denied].filter((line) => line.includes(RoleName)),
    ]
  }

  private run(args: readonly string[]): Promise<Ended> {
    const command = [process.execPath, '--require', 'tsx/cjs', main, ...args]
    const env = { ...localVariables(this.cloud.url), AWS_ACCESS_KEY_ID: accessKeyOf(roleArn) }
    const child = startChildProcess('SIGINT', command, { cwd: workspace, env })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    }
    return new Promise((resolve) => {
      child.on('close', (code) => resolve({ code: code ?? 1, output }))
    })
  }
}
