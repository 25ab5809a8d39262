import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { type StackName, stackNames } from '@tideway/constructs/stacks'
import { workspace } from '@tideway/terraform/folders'
import { elapsed } from '@tideway/terraform/progress'
import type { LocalCloud } from '../local-cloud'
import { type Board, isNoise, progressIn } from './board'
import type { Nx } from './nx'

export interface DeploymentProps {
  readonly cloud: LocalCloud
  readonly nx: Nx
  readonly board: Board
}

/** How long a deployment took, and for how much of it nothing was asked of AWS. */
export interface DeploymentTimes {
  readonly seconds: number
  readonly waitingSeconds: number
  readonly deployed: readonly StackName[]
}

/** The four stacks on this machine's AWS, by Nx and the real Terraform. */
export class Deployment {
  constructor(private readonly props: DeploymentProps) {}

  /** In order; a stack that is as it was deployed is left alone. Throws where one fails. */
  async deploy(): Promise<DeploymentTimes> {
    const { cloud, board } = this.props
    const started = performance.now()
    const busyBefore = cloud.gateway.busySeconds
    for (const stack of stackNames) board.set(stack, 'waits for its turn')
    await this.run(['run-many', '-t', 'synth', '-c', 'local'], 'the synthesis')
    const deployed: StackName[] = []
    let hasChangedBefore = false
    for (const stack of stackNames) {
      const hash = synthesizedHash(stack)
      if (!hasChangedBefore && cloud.noted(stack) === hash) {
        board.set(stack, 'as it was deployed')
        continue
      }
      hasChangedBefore = true
      const since = performance.now()
      const changes = await this.onStack('deploy', stack)
      cloud.note(stack, hash)
      cloud.checkpoint()
      deployed.push(stack)
      board.set(stack, `${changes}deployed in ${elapsed(performance.now() - since)}`)
    }
    const seconds = (performance.now() - started) / 1000
    const waitingSeconds = seconds - (cloud.gateway.busySeconds - busyBefore)
    return { seconds, waitingSeconds, deployed }
  }

  /** What Terraform would change now, in its own words: nothing, where all is well. */
  async changesOf(stack: StackName): Promise<string> {
    const said: string[] = []
    await this.onStack('plan', stack, (line) => said.push(line))
    return said.some((line) => line.includes(`${stack} in local: no changes`))
      ? ''
      : said.join('\n')
  }

  /** One stack after the other, those that read before those that are read. */
  async destroy(stacks: readonly StackName[]): Promise<void> {
    const { cloud, board } = this.props
    for (const stack of stacks) {
      const since = performance.now()
      await this.onStack('destroy', stack)
      cloud.note(stack, 'destroyed')
      cloud.checkpoint()
      board.set(stack, `destroyed in ${elapsed(performance.now() - since)}`)
    }
  }

  /** Answers what was to be done, as the beginning of a line. */
  private async onStack(
    command: 'deploy' | 'plan' | 'destroy',
    stack: StackName,
    onLine?: (line: string) => void,
  ): Promise<string> {
    let changes = ''
    const show = (line: string) => {
      const progress = progressIn(stack, line)
      if (progress === undefined) return
      this.props.board.set(stack, progress)
      const planned = /^\d+ to add, \d+ to change, \d+ to destroy/.exec(progress)?.[0]
      if (planned !== undefined) changes = `${planned.replace(/, 0 to \w+|^0 to add, /g, '')}; `
    }
    const args = [command, stack, '-c', 'local', '--excludeTaskDependencies']
    await this.run(args, `${command} of ${stack}`, onLine ?? show)
    return changes
  }

  /** Tells all that was said where it fails. */
  private async run(
    args: readonly string[],
    what: string,
    onLine: (line: string) => void = () => {},
  ): Promise<void> {
    const { nx, cloud } = this.props
    const said: string[] = []
    const isSuccess = await nx.run({
      args,
      url: cloud.url,
      onLine: (line) => {
        if (isNoise(line)) return
        said.push(line)
        onLine(line)
      },
    })
    if (!isSuccess) throw new DeploymentError(`${what} failed:\n${said.slice(-60).join('\n')}`)
  }
}

export class DeploymentError extends Error {
  override readonly name = 'DeploymentError'
}

/** Of all files of the synthesized stack: what else Terraform would read. */
function synthesizedHash(stack: StackName): string {
  const folder = join(workspace, 'apps', stack, 'cdktf.out/local/stacks', stack)
  const hash = createHash('sha256')
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name))
    .sort()) {
    hash.update(relative(folder, entry)).update('\0').update(readFileSync(entry)).update('\0')
  }
  return hash.digest('hex')
}
