import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { emulatorVariable } from '../gateway/emulator'

/** What is missing to deploy to an AWS on this machine, each with how to get it. */
export function missingTools(variables: NodeJS.ProcessEnv = process.env): string[] {
  return [
    ...(isOnPath('terraform', variables)
      ? []
      : ['Terraform 1.11 or newer: https://developer.hashicorp.com/terraform/install']),
    ...(variables[emulatorVariable] || isOnPath('moto_server', variables)
      ? []
      : ["moto's server 5.2 or newer: pip install 'moto[server]'"]),
  ]
}

function isOnPath(name: string, { PATH = '' }: NodeJS.ProcessEnv): boolean {
  return PATH.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
