// Runs a command that ends when its parent does, whatever ends the parent: it holds the other end of standard input.
const { spawn } = require('node:child_process')

const [command, ...args] = process.argv.slice(2)
const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'], detached: true })
const end = () => {
  child.kill('SIGKILL')
  process.exit()
}
process.stdin.on('end', end).on('close', end).on('error', end).resume()
// Ctrl-C reaches all of a terminal's group: the parent ends this one, when it is done with it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {})
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(127)
})
child.on('exit', (code, signal) => {
  process.stderr.write(`ended with ${signal ?? code}\n`)
  process.exit(1)
})
