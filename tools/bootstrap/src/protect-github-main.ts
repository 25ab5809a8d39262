import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { chosenEnvironmentName, environmentNamed } from '@tideway/constructs/environments'
import { protectGithub, type Shell } from './protect-github'
import { checkSettings, settings } from './settings'

const shell: Shell = async (command) => {
  const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] })
  const code = new Promise<number>((resolve) => child.on('close', (exit) => resolve(exit ?? 1)))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await code, stdout, stderr }
}

async function main(): Promise<void> {
  const { name, endpoints } = environmentNamed(chosenEnvironmentName(process.env))
  // CI never deploys the emulator.
  if (endpoints === 'emulator') return
  const own = settings[name as keyof typeof settings]
  checkSettings(own, name)
  const isDone = await protectGithub(name, own, shell, (line) => process.stdout.write(`${line}\n`))
  if (!isDone) process.exitCode = 1
}

main().catch((error: Error) => {
  process.stderr.write(`${error.name === 'InvalidSettingsError' ? error.message : error.stack}\n`)
  process.exitCode = 1
})
