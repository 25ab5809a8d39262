import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, parse } from 'node:path'
import type { ServiceDefinition } from '../service'

/**
 * The services of the platform: one for each file of this folder, which creates all resources of its service. Its name
 * is that of the file. Choose one that you can keep: it is a part of the names of all resources.
 */
export const services: Readonly<Record<string, ServiceDefinition>> = servicesIn(__dirname)

/** Six shapes of services to copy from. */
export const examplesFolder = join(__dirname, '../../examples')

/** The services of an environment. With TIDEWAY_EXAMPLES=on, `local` has the examples too. */
export function servicesOf(
  environment: string,
  variables = process.env,
): Readonly<Record<string, ServiceDefinition>> {
  const hasExamples = environment === 'local' && variables.TIDEWAY_EXAMPLES === 'on'
  return hasExamples ? { ...services, ...servicesIn(examplesFolder) } : services
}

/** The services that the files of a folder export as `service`. */
export function servicesIn(folder: string): Readonly<Record<string, ServiceDefinition>> {
  const load = createRequire(__filename)
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && file !== 'index.ts')
    .map((file) => parse(file).name)
    .sort()
  return Object.fromEntries(
    names.map((name) => {
      const { service } = load(join(folder, `${name}.ts`)) as { service?: ServiceDefinition }
      if (service === undefined) {
        throw new Error(
          `${join(folder, `${name}.ts`)}: must export its definition as service; it does not. Write it like the others.`,
        )
      }
      return [name, service]
    }),
  )
}
