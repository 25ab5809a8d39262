import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { type StackName, stackNames } from '@tideway/constructs/stacks'
import type { LocalCloud } from '../local-cloud'
import { type Board, isNoise, progressIn } from './board'
import { type Nx, workspace } from './nx'

export interface DeploymentProps {
  readonly cloud: LocalCloud
  readonly nx: Nx
  readonly board: Board
  /** Remembers what each stack was deployed from. */
  readonly file: string
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
      if (!hasChangedBefore && this.deployedFrom[stack] === hash) {
        board.set(stack, 'as it was deployed')
        continue
      }
      hasChangedBefore = true
      this.remember(stack, undefined)
      const since = performance.now()
      await this.onStack('deploy', stack)
      this.remember(stack, hash)
      cloud.checkpoint()
      deployed.push(stack)
      board.set(stack, `deployed in ${elapsed(performance.now() - since)}`)
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

  /** All stacks, the last one first. */
  async destroy(): Promise<void> {
    for (const stack of [...stackNames].reverse()) {
      const since = performance.now()
      this.remember(stack, undefined)
      await this.onStack('destroy', stack)
      this.props.cloud.checkpoint()
      this.props.board.set(stack, `destroyed in ${elapsed(performance.now() - since)}`)
    }
  }

  private async onStack(
    command: 'deploy' | 'plan' | 'destroy',
    stack: StackName,
    onLine: (line: string) => void = (line) => {
      const progress = progressIn(stack, line)
      if (progress !== undefined) this.props.board.set(stack, progress)
    },
  ): Promise<void> {
    const args = [command, stack, '-c', 'local', '--excludeTaskDependencies']
    await this.run(args, `${command} of ${stack}`, onLine)
  }

  /** Tells all that was said where it fails. */
  private async run(
    args: readonly string[],
    what: string,
    onLine: (line: string) => void = () => {},
  ): Promise<void> {
    const { nx, cloud } = this.props
    const said: string[] = []
    const isFine = await nx.run({
      args,
      url: cloud.url,
      onLine: (line) => {
        if (isNoise(line)) return
        said.push(line)
        onLine(line)
      },
    })
    if (!isFine) throw new DeploymentError(`${what} failed:\n${said.slice(-60).join('\n')}`)
  }

  private get deployedFrom(): Partial<Record<StackName, string>> {
    const { file } = this.props
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  }

  private remember(stack: StackName, hash: string | undefined): void {
    const { file } = this.props
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify({ ...this.deployedFrom, [stack]: hash }))
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

/** `8 s`, `1 m 05 s`. */
export function elapsed(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`
}

/** Forgets all that was deployed. */
export function forgetDeployments(file: string): void {
  rmSync(file, { force: true })
}
