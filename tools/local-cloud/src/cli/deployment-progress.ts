import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type StackName, stacks } from '@tideway/constructs/stacks'
import { CriticalPath, pathLine, secondsOf } from '@tideway/terraform/critical-path'
import { readEvent } from '@tideway/terraform/events'
import { elapsed } from '@tideway/terraform/progress'
import type { DeploymentState, StackProgress } from '../console/state'

interface StackTimes {
  status: StackProgress['status']
  all: number
  startedAt?: number
  endedAt?: number
  path: CriticalPath
}

/** What a deployment has done, and what it waits for, from Terraform's events. */
export class DeploymentProgress {
  private readonly stacks = new Map<StackName, StackTimes>()
  private readonly startedAt = Date.now()
  private endedAt: number | undefined
  private status: DeploymentState['status'] = 'in progress'
  private error: string | undefined

  constructor(names: readonly StackName[]) {
    for (const name of names) {
      this.stacks.set(name, { status: 'waiting', all: 0, path: new CriticalPath({}) })
    }
  }

  /** @param folder with the synthesized stack */
  start(stack: StackName, folder: string): void {
    const json = JSON.parse(readFileSync(join(folder, 'cdk.tf.json'), 'utf8'))
    const path = new CriticalPath(json)
    this.stacks.set(stack, { status: 'in progress', all: 0, startedAt: Date.now(), path })
  }

  /** Returns whether the line is an event of Terraform, which nobody needs to read. */
  update(stack: StackName, line: string): boolean {
    const times = this.stacks.get(stack)
    const planned = /(\d+) to add, (\d+) to change, (\d+) to destroy/.exec(line)
    if (times !== undefined && planned !== null) {
      times.all = planned.slice(1).reduce((sum, each) => sum + Number(each), 0)
    }
    if (!line.startsWith('{"@')) return false
    const event = readEvent(line)
    if (event !== undefined && !('text' in event)) times?.path.update(event)
    return true
  }

  end(stack: StackName, status: 'deployed' | 'unchanged' | 'failed'): void {
    const times = this.stacks.get(stack)
    if (times === undefined) return
    times.status = status
    times.endedAt = Date.now()
  }

  /** @param error why it failed */
  finish(error?: string): void {
    this.endedAt = Date.now()
    this.status = error === undefined ? 'deployed' : 'failed'
    this.error = error
  }

  state(now = Date.now()): DeploymentState {
    return {
      stacks: [...this.stacks].map(([name, times]) => stackProgress(name, times, now)),
      seconds: ((this.endedAt ?? now) - this.startedAt) / 1000,
      status: this.status,
      criticalPath: this.criticalPaths(now).flatMap(({ steps }) => steps),
      ...(this.error !== undefined && { error: this.error }),
    }
  }

  /** The time of the deployment and of its critical path, then a line for each stack. */
  lines(): string[] {
    const paths = this.criticalPaths(Date.now())
    if (paths.length === 0) return []
    const own = new Map(paths.map(({ name, steps }) => [name, secondsOf(steps)]))
    // A stack starts when those that it reads are deployed.
    const secondsTo = (name: StackName): number =>
      (own.get(name) ?? 0) + Math.max(0, ...stacks[name].reads.map(secondsTo))
    const least = Math.max(...paths.map(({ name }) => secondsTo(name)))
    return [
      `deployed in ${ratio(this.deployedSeconds(), least)} critical path ${elapsed(least * 1000)}`,
      ...paths.map(
        ({ name, seconds, steps }) =>
          `  ${name}: ${ratio(seconds, secondsOf(steps))} ${pathLine(steps)}`,
      ),
    ]
  }

  private criticalPaths(now: number) {
    return [...this.stacks].flatMap(([name, { startedAt, endedAt = now, path }]) =>
      startedAt === undefined
        ? []
        : [{ name, seconds: (endedAt - startedAt) / 1000, steps: path.steps(now) }],
    )
  }

  /** From the start of the first stack to the end of the last one. */
  private deployedSeconds(): number {
    const times = [...this.stacks.values()].filter(({ startedAt }) => startedAt !== undefined)
    const from = Math.min(...times.map(({ startedAt = 0 }) => startedAt))
    return (Math.max(...times.map(({ endedAt = Date.now() }) => endedAt)) - from) / 1000
  }
}

/** `48 s, 1.20 times its` */
function ratio(seconds: number, least: number): string {
  return `${elapsed(seconds * 1000)}, ${(seconds / Math.max(least, 1)).toFixed(2)} times its`
}

function stackProgress(
  name: StackName,
  { status, all, startedAt, endedAt, path }: StackTimes,
  now: number,
): StackProgress {
  const seconds = startedAt === undefined ? 0 : ((endedAt ?? now) - startedAt) / 1000
  const isActive = status === 'in progress'
  return { name, status, done: path.done, all, seconds, waitsFor: isActive ? path.waits(now) : [] }
}
