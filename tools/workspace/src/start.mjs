// `npm start`: synthesizes every stack as it would be deployed to this machine, and has Terraform validate it.
import { runParts } from './parts.mjs'
import { setUp } from './set-up.mjs'

const problem = setUp()
if (problem !== undefined) {
  console.error(problem)
  process.exit(1)
}

const { failed } = await runParts([
  { name: 'synthesize', nx: ['run-many', '-t', 'synth', '-c', 'local'] },
  { name: 'validate', nx: ['run-many', '-t', 'validate', '-c', 'local'] },
])

if (failed === 0) {
  console.log('\nEvery stack is synthesized, and Terraform finds it valid. The JSON:')
  console.log('  apps/<app>/cdktf.out/local/stacks/<app>/cdk.tf.json')
  console.log('Next: npx nx plan network -c dev, with credentials of the account.')
}
process.exitCode = failed === 0 ? 0 : 1
