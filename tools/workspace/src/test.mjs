// `npm test`: every check, from a fresh clone on.
import { runParts } from './parts.mjs'
import { setUp } from './set-up.mjs'

const problem = setUp()
if (problem !== undefined) {
  console.error(problem)
  process.exit(1)
}

const { passed, failed } = await runParts([
  { name: 'lint', nx: ['run-many', '-t', 'lint'] },
  { name: 'typecheck', nx: ['run-many', '-t', 'typecheck'] },
  { name: 'test', nx: ['run-many', '-t', 'test'] },
  { name: 'validate local', nx: ['run-many', '-t', 'validate', '-c', 'local'] },
  { name: 'validate dev', nx: ['run-many', '-t', 'validate', '-c', 'dev'] },
  { name: 'validate prod', nx: ['run-many', '-t', 'validate', '-c', 'prod'] },
])

console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
