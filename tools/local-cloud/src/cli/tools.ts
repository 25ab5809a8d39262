import { spawnSync } from 'node:child_process'
import { emulatorVariable } from '../gateway/emulator'

/** The reason why no emulator is available. Undefined if one is. */
export function emulatorProblem(variables: NodeJS.ProcessEnv = process.env): string | undefined {
  if (variables[emulatorVariable]) return undefined
  const found = spawnSync('sh', ['-c', 'command -v moto_server'], { env: variables })
  if (found.status === 0) return undefined
  return "moto_server is not on the PATH. Install version 5.2 or newer: pip install 'moto[server]'"
}
