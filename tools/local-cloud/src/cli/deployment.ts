import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { environmentNamed } from '@tideway/constructs/environments'
import { type StackName, stackNames, stacks } from '@tideway/constructs/stacks'
import { CriticalPath } from '@tideway/terraform/critical-path'
import { readEvent } from '@tideway/terraform/events'
import { workspace } from '@tideway/terraform/folders'
import { elapsed } from '@tideway/terraform/progress'
import { accessKeyOf, ciRoleArn } from '../access/callers'
import { prepareAccount } from '../access/prepare-account'
import type { LocalCloud } from '../local-cloud'
import { type Board, isNxOutput, progressIn } from './board'
import type { DeploymentProgress } from './deployment-progress'
import type { Nx, NxRun } from './nx'

type NxRunner = Pick<Nx, 'run'>

export interface DeploymentProps {
  readonly cloud: Pick<LocalCloud, 'url' | 'note' | 'storedNote' | 'checkpoint'>
  readonly nx: NxRunner
  readonly board: Board
  /** Receives the events of deploys. @default none */
  readonly progress?: DeploymentProgress
  /** Whether Terraform runs under the roles of CI, which `bootstrap` creates. @default it has full access */
  readonly hasCiRoles?: boolean
  /** The hash of a synthesized stack. @default that of its files */
  readonly hashOf?: (stack: StackName) => string
}

/** A change of a stack that may still run. */
interface StackRun {
  /** Resolves when its plan is applied. */
  readonly planned: Promise<unknown>
  readonly ended: Promise<void>
}

/** The provider reads one for the better part of a minute before it considers it stable. */
const slowest = 'aws_s3_bucket_lifecycle_configuration.'

interface RunOptions extends Pick<Partial<NxRun>, 'onLine' | 'until' | 'signal' | 'variables'> {
  /** Called when its plan is applied. */
  readonly onPlanned?: () => void
}

/** Deploys the four stacks to the AWS on this machine, with Nx and Terraform. */
export class Deployment {
  /** Environment variables of all commands on stacks. */
  variables: NodeJS.ProcessEnv = {}

  constructor(private readonly props: DeploymentProps) {}

  /**
   * Deploys the stack with the state bucket and the roles of CI.
   *
   * @param onUsable called when other stacks can be deployed: only waits of the provider remain
   */
  async bootstrap(onUsable: () => void): Promise<void> {
    const { nx, cloud, board } = this.props
    const args = ['bootstrap', 'bootstrap', '-c', 'local']
    const path = new CriticalPath({})
    let all = Number.POSITIVE_INFINITY
    const onLine = (line: string) => {
      const event = readEvent(line.replace(/^bootstrap: /, ''))
      if (event !== undefined && !('text' in event)) {
        path.update(event)
        const waits = path.waits()
        const isUsable = waits.every(({ address }) => address.startsWith(slowest))
        if (isUsable && path.done + waits.length === all) onUsable()
        return
      }
      const progress = progressIn('bootstrap', line)
      if (progress !== undefined) board.set('bootstrap', progress)
      all = Number(/^(\d+) to add, /.exec(progress ?? '')?.[1] ?? all)
    }
    const variables = { TIDEWAY_SYNTHESIZED: 'on', TIDEWAY_EVENTS: 'on' }
    await runNx({ nx, args, url: cloud.url, variables, onLine }, 'bootstrap')
  }

  /** Deploys synthesized stacks, and skips those that have not changed. Throws where one fails. */
  async deploy(names: readonly StackName[]): Promise<void> {
    await allEnded([...this.deploys(names).values()])
  }

  /** Deploys each stack when those that it reads are deployed. Returns its end, by stack. */
  deploys(names: readonly StackName[]): ReadonlyMap<StackName, Promise<void>> {
    const { cloud, board, progress, hashOf = synthesizedHash } = this.props
    const runs = new Map<StackName, StackRun & { readonly isChanged: boolean }>()
    for (const stack of names) {
      const hash = hashOf(stack)
      const before = present(runs, stacks[stack].reads)
      // A stack also depends on the outputs of those before it.
      const isChanged = before.some((each) => each.isChanged) || cloud.storedNote(stack) !== hash
      if (!isChanged) {
        board.set(stack, 'unchanged')
        progress?.end(stack, 'unchanged')
        runs.set(stack, { isChanged, planned: Promise.resolve(), ended: Promise.resolve() })
        continue
      }
      board.set(stack, 'waiting')
      const run = this.after(before, stack, 'deploy', () =>
        progress?.start(stack, stackFolder(stack)),
      )
      const ended = run.ended.then(
        () => {
          progress?.end(stack, 'deployed')
          cloud.note(stack, hash)
          cloud.checkpoint()
        },
        (error) => {
          progress?.end(stack, 'failed')
          throw error
        },
      )
      runs.set(stack, { ...run, isChanged, ended: observed(ended) })
    }
    return new Map([...runs].map(([stack, { ended }]) => [stack, ended]))
  }

  /** Destroys each stack when those that read it are destroyed. */
  async destroy(names: readonly StackName[]): Promise<void> {
    const { cloud } = this.props
    const runs = new Map<StackName, StackRun>()
    for (const stack of names) {
      const readers = names.filter((each) => stacks[each].reads.some((read) => read === stack))
      const run = this.after(present(runs, readers), stack, 'destroy')
      const ended = run.ended.then(() => {
        cloud.note(stack, 'destroyed')
        cloud.checkpoint()
      })
      runs.set(stack, { ...run, ended: observed(ended) })
    }
    await allEnded([...runs.values()].map(({ ended }) => ended))
  }

  /**
   * Changes a stack when those before it are done. Prepares it when their plans are applied, since an apply mostly waits.
   *
   * @param onTurn called when those before it are done
   */
  private after(
    before: readonly StackRun[],
    stack: StackName,
    command: 'deploy' | 'destroy',
    onTurn: () => void = () => {},
  ): StackRun {
    const { board } = this.props
    let onPlanned = () => {}
    const isPlanned = new Promise<void>((resolve) => {
      onPlanned = resolve
    })
    const change = async () => {
      await Promise.all(before.map(({ planned }) => planned))
      const folder = mkdtempSync(join(tmpdir(), 'tideway-turn-'))
      const turn = join(folder, 'turn')
      const stop = new AbortController()
      let since = performance.now()
      const own = Promise.all(before.map(({ ended }) => ended)).then(
        () => {
          onTurn()
          since = performance.now()
          writeFileSync(turn, '')
        },
        (error) => {
          stop.abort()
          throw error
        },
      )
      try {
        const variables = { TIDEWAY_TURN: turn }
        const run = this.run(command, stack, { variables, onPlanned, signal: stop.signal })
        const [, { changes, path }] = await allEnded([own, run])
        const duration = elapsed(performance.now() - since)
        board.set(
          stack,
          command === 'deploy'
            ? `${changes}deployed in ${duration}`
            : `destroyed in ${duration}; ${path}`,
        )
      } finally {
        rmSync(folder, { recursive: true })
      }
    }
    const ended = observed(change())
    return { planned: observed(Promise.race([isPlanned, ended])), ended }
  }

  /** Interrupts the deploy of a stack after a part of its resources. */
  async cutOff(stack: StackName): Promise<void> {
    let isCutOff = false
    const until = (line: string) => {
      const [, done, all] = /(\d+) of (\d+) resources done/.exec(line) ?? []
      isCutOff ||= Number(done) >= 0.3 * Number(all)
      return isCutOff
    }
    const error = await this.run('deploy', stack, {
      until,
      // A new domain gets its delegation in the meantime.
      variables: {
        TIDEWAY_PROGRESS_SECONDS: '1',
        TIDEWAY_DELEGATION: 'wait',
        TIDEWAY_STOP: 'gracefully',
      },
    }).then(
      () => undefined,
      (reason: Error) => reason,
    )
    this.props.cloud.checkpoint()
    if (isCutOff && error instanceof DeploymentError) return
    throw error ?? new DeploymentError(`the deploy of ${stack} ended before it was cut off`)
  }

  /** The results of the preflight checks after the bootstrap. Throws where something is wrong. */
  async preflight(): Promise<string> {
    const { nx, cloud } = this.props
    const lines: string[] = []
    await nx.run({
      script: 'tools/preflight/src/main.ts',
      args: ['-c', 'local', '--json'],
      url: cloud.url,
      variables: { TIDEWAY_SYNTHESIZED: 'on' },
      onLine: (line) => lines.push(line),
    })
    const report = lines.slice(lines.indexOf('{'), lines.lastIndexOf('}') + 1).join('\n')
    if (report === '') throw new DeploymentError(lines.join('\n'))
    const { counts, results } = JSON.parse(report)
    // What the bootstrap makes is `not checked` where it is missing, and this cloud has it.
    const wrong = results.filter(
      ({ status, source }: { status: string; source: string }) =>
        status === 'wrong' || (source === 'stacks' && status !== 'ok'),
    )
    if (counts.ok > 0 && wrong.length === 0) {
      return `${counts.ok} ok, ${counts.notChecked} not checked`
    }
    throw new DeploymentError(`preflight: ${counts.ok} ok, ${JSON.stringify(wrong, null, 2)}`)
  }

  /** Creates the roles of another environment in its own account, and samples of what its plans read. */
  async prepare(environment: string): Promise<void> {
    const { nx, cloud } = this.props
    await synthesize(nx, environment)
    const folder = stackFolder('bootstrap', environment)
    await prepareAccount(cloud.url, environmentNamed(environment), folder)
  }

  /** Plans a stack of a prepared environment under its role. */
  async planIn(environment: string, stack: StackName): Promise<void> {
    const { nx, cloud } = this.props
    const variables = { ...ciVariables(stack, 'plan', environment), TIDEWAY_PLAN_QUIET: '1' }
    const command = terraformCommand('plan', stack, environment)
    await runNx(
      { ...command, nx, url: cloud.url, variables: { ...command.variables, ...variables } },
      `plan of ${stack} in ${environment}`,
    )
  }

  /** The plan of a stack, as Terraform prints it. Empty without changes. */
  async changesOf(stack: StackName): Promise<string> {
    const lines: string[] = []
    await this.run('plan', stack, { onLine: (line) => lines.push(line) })
    const hasChanges = !lines.some((line) => line.includes(`${stack} in local: no changes`))
    return hasChanges ? lines.join('\n') : ''
  }

  /** Destroys the resources of one type, and those that depend on them. */
  async destroyResources(stack: StackName, type: string): Promise<void> {
    const { resource } = JSON.parse(readFileSync(join(stackFolder(stack), 'cdk.tf.json'), 'utf8'))
    const targets = Object.keys(resource[type] ?? {}).map((name) => `-target=${type}.${name}`)
    if (targets.length === 0) return
    await this.run('destroy', stack, { variables: { TF_CLI_ARGS_plan: targets.join(' ') } })
    this.props.board.set(stack, `${type} destroyed`)
  }

  /** Returns the planned changes, as the start of a line, and the critical path. */
  private async run(
    command: 'deploy' | 'plan' | 'destroy',
    stack: StackName,
    { onLine, onPlanned, until, signal, variables }: RunOptions = {},
  ): Promise<{ changes: string; path: string }> {
    const { nx, cloud, board, hasCiRoles, progress: events } = this.props
    let changes = ''
    let path = ''
    const showProgress = (line: string) => {
      if (events?.update(stack, line)) return
      path ||= /critical path .*/.exec(line)?.[0] ?? ''
      const progress = progressIn(stack, line)
      if (progress === undefined) return
      board.set(stack, progress)
      const planned = /^\d+ to add, \d+ to change, \d+ to destroy/.exec(progress)?.[0]
      if (planned === undefined) return
      changes = `${planned.replace(/, 0 to \w+|^0 to add, /g, '')}; `
      onPlanned?.()
    }
    const terraform = terraformCommand(command, stack, 'local')
    await runNx(
      {
        ...terraform,
        nx,
        url: cloud.url,
        variables: {
          ...terraform.variables,
          ...(events && { TIDEWAY_EVENTS: 'on' }),
          ...(hasCiRoles && ciVariables(stack, command === 'plan' ? 'plan' : 'deploy')),
          ...this.variables,
          ...variables,
        },
        until,
        signal,
        onLine: onLine ?? showProgress,
      },
      `${command} of ${stack}`,
    )
    return { changes, path }
  }
}

/** Throws the first error after all have ended. */
async function allEnded<Ends extends readonly unknown[] | []>(ends: Ends) {
  await Promise.allSettled(ends)
  return Promise.all(ends)
}

/** Whoever waits for it gets the error. */
function observed<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => {})
  return promise
}

function present<Run>(runs: ReadonlyMap<StackName, Run>, names: readonly StackName[]): Run[] {
  return names.flatMap((name) => runs.get(name) ?? [])
}

/** The key of a role of CI. A plan role cannot write, so it cannot lock the state. */
function ciVariables(
  stack: StackName,
  kind: 'plan' | 'deploy',
  environment = 'local',
): NodeJS.ProcessEnv {
  return {
    AWS_ACCESS_KEY_ID: accessKeyOf(ciRoleArn(environment, stack, kind)),
    ...(kind === 'plan' && { TF_CLI_ARGS_plan: '-lock=false' }),
  }
}

export class DeploymentError extends Error {
  override readonly name = 'DeploymentError'
}

/** Synthesizes all stacks of an environment, and the bootstrap, in one process. */
export async function synthesize(
  nx: NxRunner,
  environment = 'local',
  variables: NodeJS.ProcessEnv = {},
): Promise<void> {
  const folders = [...stackNames, 'bootstrap' as const].map(projectFolder)
  await runNx(
    {
      nx,
      script: 'tools/terraform/src/synthesize-environments.cjs',
      args: [environment, ...folders],
      variables: { ...variables, CDKTF_OUTDIR: '' },
    },
    'synthesis',
  )
}

/** Nx would take longer to start than the command itself. Its order of stacks is that of the caller here. */
function terraformCommand(command: string, stack: StackName, environment: string) {
  return {
    script: 'tools/terraform/src/main.ts',
    args: [command],
    folder: projectFolder(stack),
    variables: {
      TIDEWAY_ENV: environment,
      TIDEWAY_SYNTHESIZED: 'on',
      // The journal discards a deployment that did not finish.
      TIDEWAY_STOP: 'at once',
    },
  }
}

function projectFolder(stack: StackName | 'bootstrap'): string {
  return join(workspace, stack === 'bootstrap' ? 'tools/bootstrap' : `apps/${stack}`)
}

/** The folder of a synthesized stack. */
export function stackFolder(stack: StackName | 'bootstrap', environment = 'local'): string {
  return join(projectFolder(stack), 'cdktf.out', environment, 'stacks', stack)
}

type NxCommand = Omit<NxRun, 'onLine'> & Partial<NxRun> & { readonly nx: NxRunner }

/** Throws with the end of the output where the command fails. */
async function runNx({ nx, onLine, ...command }: NxCommand, what: string): Promise<void> {
  const lines: string[] = []
  const isSuccess = await nx.run({
    ...command,
    onLine: (line) => {
      if (isNxOutput(line)) return
      // Events are for the progress, not for a reader of an error.
      if (!line.startsWith('{"@')) lines.push(line)
      onLine?.(line)
    },
  })
  if (!isSuccess) throw new DeploymentError(`${what} failed:\n${lines.slice(-60).join('\n')}`)
}

/** Covers all files of the stack, since Terraform also reads those that the JSON names. */
function synthesizedHash(stack: StackName): string {
  const folder = stackFolder(stack)
  const hash = createHash('sha256')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  for (const file of files.sort()) {
    hash.update(relative(folder, file)).update('\0').update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex')
}
