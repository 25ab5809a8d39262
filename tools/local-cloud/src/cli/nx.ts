import { type ChildProcess, spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

export const workspace = resolve(__dirname, '../../../..')

export interface NxRun {
  readonly args: readonly string[]
  /** Of the AWS on this machine; none for what needs none. */
  readonly url?: string
  readonly onLine: (line: string) => void
}

/** Runs Nx, and passes a signal on: Terraform then puts things in order. */
export class Nx {
  private child: ChildProcess | undefined

  /** Whether it went well. */
  run({ args, url, onLine }: NxRun): Promise<boolean> {
    return new Promise((done) => {
      const child = spawn(
        process.execPath,
        [join(workspace, 'node_modules/nx/dist/bin/nx.js'), ...args, '--output-style=stream'],
        { cwd: workspace, stdio: ['ignore', 'pipe', 'pipe'], env: variables(url), detached: true },
      )
      this.child = child
      for (const stream of [child.stdout, child.stderr]) {
        createInterface(stream).on('line', onLine)
      }
      child.on('error', (error) => onLine(error.message))
      child.on('close', (code) => {
        this.child = undefined
        done(code === 0)
      })
    })
  }

  stop(): void {
    this.child?.kill('SIGINT')
  }
}

/** Nothing of a person's own AWS: what is asked for here must not reach another. */
function variables(url: string | undefined): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(AWS_|TIDEWAY_(ENV|CI_ROLE|ASK)|NX_TASK)/.test(name),
  )
  return {
    ...Object.fromEntries(own),
    NX_TUI: 'false',
    NX_DAEMON: 'false',
    FORCE_COLOR: '0',
    // Most of a deploy is waiting: more of it side by side.
    TF_CLI_ARGS_apply: '-parallelism=40',
    TIDEWAY_PROGRESS_SECONDS: process.stdout.isTTY ? '1' : '10',
    ...(url !== undefined && {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    }),
  }
}
