// Reads packages/constructs/src/stacks.ts and environments.ts for the Nx plugin, which cannot import TypeScript.
const { createHash } = require('node:crypto')
const { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs')
const { dirname, join } = require('node:path')

/**
 * @typedef {object} StackFacts
 * @property {Readonly<Record<string, { readonly reads: readonly string[], readonly description: string }>>} stacks in the order of deployment
 * @property {string[]} environments
 */

/**
 * Compiling takes 200 ms, so the result is cached until a source file changes.
 *
 * @param {string} workspaceRoot
 * @returns {StackFacts}
 */
exports.stackFacts = (workspaceRoot) => {
  const sources = join(workspaceRoot, 'packages/constructs/src')
  const hash = createHash('sha256')
  for (const file of readdirSync(sources).sort()) {
    if (file.endsWith('.ts')) hash.update(file).update(readFileSync(join(sources, file)))
  }
  const cached = join(workspaceRoot, `.nx/stack-facts/${hash.digest('hex')}.json`)
  try {
    return JSON.parse(readFileSync(cached, 'utf8'))
  } catch {
    const facts = compile(sources)
    mkdirSync(dirname(cached), { recursive: true })
    writeFileSync(`${cached}.${process.pid}`, JSON.stringify(facts))
    renameSync(`${cached}.${process.pid}`, cached)
    return facts
  }
}

/**
 * @param {string} sources
 * @returns {StackFacts}
 */
function compile(sources) {
  const tsx = require('tsx/cjs/api')
  // With a new namespace, a long-running plugin process compiles changed files again.
  const { require: load } = tsx.register({ namespace: `${Date.now()}` })
  const { stacks } = load(join(sources, 'stacks.ts'), __filename)
  const { environments } = load(join(sources, 'environments.ts'), __filename)
  return { stacks, environments: Object.keys(environments) }
}
