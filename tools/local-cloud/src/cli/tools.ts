import { spawnSync } from 'node:child_process'
import { emulatorVariable } from '../gateway/emulator'

/** What is missing to deploy to an AWS on this machine, each with how to get it. */
export function missingTools(variables: NodeJS.ProcessEnv = process.env): string[] {
  return [
    ...(isThere('terraform', variables)
      ? []
      : ['Terraform 1.11 or newer: https://developer.hashicorp.com/terraform/install']),
    ...(variables[emulatorVariable] || isThere('moto_server', variables)
      ? []
      : ["moto's server 5.2 or newer: pip install 'moto[server]'"]),
  ]
}

function isThere(command: string, env: NodeJS.ProcessEnv): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`], { env }).status === 0
}
