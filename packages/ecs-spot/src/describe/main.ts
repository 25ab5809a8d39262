import { run } from './command'

run(process.argv.slice(2)).then(({ output, messages, code }) => {
  process.stderr.write(messages)
  process.stdout.write(output)
  process.exitCode = code
})
