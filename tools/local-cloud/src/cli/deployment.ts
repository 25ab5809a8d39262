import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { environmentNamed } from '@tideway/constructs/environments'
import { type StackName, stackNames } from '@tideway/constructs/stacks'
import { workspace } from '@tideway/terraform/folders'
import { elapsed } from '@tideway/terraform/progress'
import { accessKeyOf, ciRoleArn } from '../access/callers'
import { prepareAccount } from '../access/prepare-account'
import type { LocalCloud } from '../local-cloud'
import { type Board, isNxOutput, progressIn } from './board'
import type { DeploymentProgress } from './deployment-progress'
import type { Nx, NxRun } from './nx'

export interface DeploymentProps {
  readonly cloud: LocalCloud
  readonly nx: Nx
  readonly board: Board
  /** Receives the events of deploys. @default none */
  readonly progress?: DeploymentProgress
  /** Whether Terraform runs under the roles of CI, which `bootstrap` creates. @default it has full access */
  readonly hasCiRoles?: boolean
}

/** Deploys the four stacks to the AWS on this machine, with Nx and Terraform. */
export class Deployment {
  /** Environment variables of all commands on stacks. */
  variables: NodeJS.ProcessEnv = {}

  constructor(private readonly props: DeploymentProps) {}

  /** Deploys the stack with the state bucket and the roles of CI. */
  async bootstrap(): Promise<void> {
    const { nx, cloud, board } = this.props
    const args = ['bootstrap', 'bootstrap', '-c', 'local']
    const onLine = (line: string) => {
      const progress = progressIn('bootstrap', line)
      if (progress !== undefined) board.set('bootstrap', progress)
    }
    await runNx({ nx, args, url: cloud.url, onLine }, 'bootstrap')
  }

  /**
   * Deploys synthesized stacks, and skips those that have not changed. Throws where one fails.
   *
   * @param stacks in an order in which each comes after those that it reads
   */
  async deploy(stacks: readonly StackName[]): Promise<void> {
    const { cloud, board, progress } = this.props
    for (const stack of stacks) board.set(stack, 'waiting')
    let isChanged = false
    for (const stack of stacks) {
      const hash = synthesizedHash(stack)
      // A stack also depends on the outputs of those before it.
      if (!isChanged && cloud.storedNote(stack) === hash) {
        board.set(stack, 'unchanged')
        progress?.end(stack, 'unchanged')
        continue
      }
      isChanged = true
      const since = performance.now()
      progress?.start(stack, stackFolder(stack))
      const changes = await this.run('deploy', stack).catch((error) => {
        progress?.end(stack, 'failed')
        throw error
      })
      progress?.end(stack, 'deployed')
      cloud.note(stack, hash)
      cloud.checkpoint()
      board.set(stack, `${changes}deployed in ${elapsed(performance.now() - since)}`)
    }
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

  /** The results of the preflight checks. Throws where something is wrong. */
  async preflight(): Promise<string> {
    const { nx, cloud } = this.props
    const lines: string[] = []
    await nx.run({
      script: 'tools/preflight/src/main.ts',
      args: ['-c', 'local', '--json'],
      url: cloud.url,
      onLine: (line) => lines.push(line),
    })
    const report = lines.slice(lines.indexOf('{'), lines.lastIndexOf('}') + 1).join('\n')
    if (report === '') throw new DeploymentError(lines.join('\n'))
    const { counts, results } = JSON.parse(report)
    const wrong = results.filter(({ status }: { status: string }) => status === 'wrong')
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

  /** @param stacks in an order in which each comes before those that it reads */
  async destroy(stacks: readonly StackName[]): Promise<void> {
    const { cloud, board } = this.props
    for (const stack of stacks) {
      const since = performance.now()
      await this.run('destroy', stack)
      cloud.note(stack, 'destroyed')
      cloud.checkpoint()
      board.set(stack, `destroyed in ${elapsed(performance.now() - since)}`)
    }
  }

  /** Destroys the resources of one type, and those that depend on them. */
  async destroyResources(stack: StackName, type: string): Promise<void> {
    const { resource } = JSON.parse(readFileSync(join(stackFolder(stack), 'cdk.tf.json'), 'utf8'))
    const targets = Object.keys(resource[type] ?? {}).map((name) => `-target=${type}.${name}`)
    if (targets.length === 0) return
    await this.run('destroy', stack, { variables: { TF_CLI_ARGS_plan: targets.join(' ') } })
    this.props.board.set(stack, `${type} destroyed`)
  }

  /** Returns the planned changes, as the start of a line. */
  private async run(
    command: 'deploy' | 'plan' | 'destroy',
    stack: StackName,
    { onLine, until, variables }: Pick<Partial<NxRun>, 'onLine' | 'until' | 'variables'> = {},
  ): Promise<string> {
    const { nx, cloud, board, hasCiRoles, progress: events } = this.props
    let changes = ''
    const showProgress = (line: string) => {
      if (events?.update(stack, line)) return
      const progress = progressIn(stack, line)
      if (progress === undefined) return
      board.set(stack, progress)
      const planned = /^\d+ to add, \d+ to change, \d+ to destroy/.exec(progress)?.[0]
      if (planned !== undefined) changes = `${planned.replace(/, 0 to \w+|^0 to add, /g, '')}; `
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
          // The preflight checks of the same run synthesize other stacks in the meantime.
          ...(hasCiRoles && { TIDEWAY_SYNTHESIZED: 'off' }),
          ...(hasCiRoles && ciVariables(stack, command === 'plan' ? 'plan' : 'deploy')),
          ...this.variables,
          ...variables,
        },
        until,
        onLine: onLine ?? showProgress,
      },
      `${command} of ${stack}`,
    )
    return changes
  }
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
  nx: Nx,
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

type NxCommand = Omit<NxRun, 'onLine'> & Partial<NxRun> & { readonly nx: Nx }

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
