import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { moduleFiles } from './terraform-module'

/** Writes the Terraform module. */
const folder = join(__dirname, '../../dist/module')
rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const files = moduleFiles()
for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
process.stdout.write(`packages/ecs-spot/dist/module: ${Object.keys(files).join(', ')}\n`)
