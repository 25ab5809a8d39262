// `npm test`: every check, from a fresh clone on.
const { runCommand } = require('./parts.cjs')

runCommand(
  [
    { name: 'lint', nx: ['run-many', '-t', 'lint'] },
    { name: 'typecheck', nx: ['run-many', '-t', 'typecheck'] },
    { name: 'test', nx: ['run-many', '-t', 'test'] },
    { name: 'controls', nx: ['run', 'controls:controls', '-c', 'prod'] },
    { name: 'validate local', nx: ['run-many', '-t', 'validate', '-c', 'local'] },
    { name: 'validate dev', nx: ['run-many', '-t', 'validate', '-c', 'dev'] },
    { name: 'validate prod', nx: ['run-many', '-t', 'validate', '-c', 'prod'] },
  ],
  ({ passed, failed }) => console.log(`${passed} passed, ${failed} failed`),
)
