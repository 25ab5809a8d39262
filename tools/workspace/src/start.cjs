// `npm start`: synthesizes every stack as it would be deployed to this machine, and has Terraform validate it.
const { runCommand } = require('./parts.cjs')

runCommand(
  [
    { name: 'synthesize', nx: ['run-many', '-t', 'synth', '-c', 'local'] },
    { name: 'validate', nx: ['run-many', '-t', 'validate', '-c', 'local'] },
  ],
  ({ failed }) => {
    if (failed > 0) return
    console.log(`
Every stack is synthesized, and Terraform finds it valid. The JSON of each:
  apps/<app>/cdktf.out/local/stacks/<app>/cdk.tf.json
Next, with credentials of your account: npx nx plan network -c dev`)
  },
)
