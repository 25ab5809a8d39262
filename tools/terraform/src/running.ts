import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { TerraformToolError } from './errors'
import { workspace } from './folders'

export const runningFile = join(workspace, '.tideway/local-cloud/running.json')

/** Printed when all stacks are deployed. */
export const deployedNote = 'The console shows the deployed stacks.'
/** Starts what is printed where a deployment fails. */
export const notDeployedNote = 'The console stays on the synthesized stacks.'

/** The local cloud that runs in this clone. */
export interface Running {
  readonly pid: number
  readonly url: string
}

/** Undefined if the process in the file has exited, even if another process has its id now. */
export async function runningIn(file: string = runningFile): Promise<Running | undefined> {
  if (!existsSync(file)) return undefined
  const running = JSON.parse(readFileSync(file, 'utf8')) as Running
  return (await isLocalCloud(running)) ? running : undefined
}

/** The URL of the AWS emulator: that of the variables, or the local cloud of this clone. */
export async function emulatorUrl(variables = process.env, file?: string): Promise<string> {
  const url = variables.AWS_ENDPOINT_URL || (await runningIn(file))?.url
  if (url !== undefined) return url
  throw new TerraformToolError(
    'AWS_ENDPOINT_URL: must be the URL of the AWS emulator; got nothing, and no local cloud runs here. Start it: npm start',
  )
}

/** The endpoint and the credentials of an emulator, in place of those of the user: no call may reach another AWS. */
export function emulatorVariables(url: string): NodeJS.ProcessEnv {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  }
}

export function saveRunning(file: string, running: Running): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, JSON.stringify(running))
}

/** Interrupts the process, as Ctrl-C does. Returns whether it ended within a minute. */
export async function end({ pid }: Running): Promise<boolean> {
  process.kill(pid, 'SIGINT')
  for (let tries = 0; tries < 600; tries++) {
    if (!isAlive(pid)) return true
    await sleep(100)
  }
  return false
}

/** The gateway returns the id of its process. */
async function isLocalCloud({ pid, url }: Running): Promise<boolean> {
  if (!isAlive(pid)) return false
  try {
    const response = await fetch(`${url}/pid`, { signal: AbortSignal.timeout(5000) })
    return (await response.text()) === String(pid)
  } catch {
    return false
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export function removeRunning(file: string): void {
  rmSync(file, { force: true })
}
