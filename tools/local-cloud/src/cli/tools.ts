import { spawnSync } from 'node:child_process'
import { emulatorVariable } from '../gateway/emulator'

/** Why there is no emulator to deploy to, and what to do: nothing where there is one. */
export function emulatorProblem(variables: NodeJS.ProcessEnv = process.env): string | undefined {
  if (variables[emulatorVariable]) return undefined
  const found = spawnSync('sh', ['-c', 'command -v moto_server'], { env: variables })
  if (found.status === 0) return undefined
  return "moto's server is not on the PATH: 5.2 or newer is needed. Get it by pip install 'moto[server]'"
}
