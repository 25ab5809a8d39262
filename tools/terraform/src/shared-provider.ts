import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type { RequiredProvider } from './cli-configuration'

/** A provider that several modules use. */
export interface SharedProvider {
  /** The environment variables with which Terraform uses it. */
  readonly variables: NodeJS.ProcessEnv
  stop(): Promise<void>
}

const source = 'hashicorp/aws'
const address = `registry.terraform.io/${source}`
const supervisor = join(__dirname, 'supervise.cjs')

/**
 * Starts the AWS provider once. Terraform starts a process for each provider block of each module, which takes more
 * time than the rest of a validation.
 *
 * @param folder where `terraform init` has installed the provider
 * @returns undefined without the provider
 */
export async function startSharedProvider(
  providers: readonly RequiredProvider[],
  folder: string,
  variables: NodeJS.ProcessEnv,
): Promise<SharedProvider | undefined> {
  const version = providers.find((provider) => provider.source === source)?.version
  if (version === undefined) return undefined
  // The supervisor stops the provider when this process exits, however that happens.
  const child = spawn(
    process.execPath,
    [supervisor, programIn(join(folder, '.terraform/providers', address, version)), '-debug'],
    { cwd: folder, env: variables, stdio: ['ignore', 'pipe', 'ignore', 'pipe', 'pipe'] },
  )
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const [, stdout, , result, input] = child.stdio as unknown as [
    null,
    Readable,
    null,
    Readable,
    Writable,
  ]
  input.on('error', () => {}) // The supervisor has exited.
  result.resume()
  const attach = await attachVariable(stdout)
  return {
    variables: { TF_REATTACH_PROVIDERS: attach },
    async stop() {
      input.end()
      await ended
    },
  }
}

/** The program of a provider, which `terraform init` puts into a folder for the platform. */
function programIn(folder: string): string {
  const [platform = ''] = readdirSync(folder)
  const program = readdirSync(join(folder, platform)).find((name) =>
    name.startsWith('terraform-provider-'),
  )
  return join(folder, platform, program ?? '')
}

/** The line that a provider with `-debug` prints once it accepts connections. */
function attachVariable(stdout: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: stdout })
      .on('line', (line) => {
        const value = /TF_REATTACH_PROVIDERS='(.*)'/.exec(line)?.[1]
        if (value !== undefined) resolve(value)
      })
      .on('close', () => reject(new Error(`the provider ${source} does not start`)))
  })
}
