// Runs a command that ends when its parent does, whatever ends the parent: the parent holds the other end of
// standard input. The first argument is the signal that it is then ended with.
const { spawn } = require('node:child_process')

const [signal, command, ...args] = process.argv.slice(2)
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true })
let isEnding = false

function end() {
  if (isEnding) return
  isEnding = true
  try {
    // The whole group: what it has started too.
    process.kill(-child.pid, signal)
  } catch {
    // It has ended by itself.
  }
}

process.stdin.on('end', end).on('close', end).on('error', end).resume()
// Ctrl-C reaches all of a terminal's group: the parent ends this one, when it is done with it.
for (const each of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(each, () => {})
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(127)
})
child.on('exit', (code, endedWith) => {
  if (!isEnding && endedWith !== null) process.stderr.write(`ended with ${endedWith}\n`)
  process.exit(code ?? 1)
})
