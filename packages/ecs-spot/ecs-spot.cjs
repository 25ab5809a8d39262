#!/usr/bin/env node
// The command `ecs-spot`. The package has compiled code once it is packed; in the workspace, tsx compiles it.
require('tsx/cjs')
const { run } = require('./src/describe/command.ts')

run(process.argv.slice(2)).then(({ output, messages, code }) => {
  process.stderr.write(messages)
  process.stdout.write(output)
  process.exitCode = code
})
