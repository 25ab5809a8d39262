// Runs a command until its parent ends. Standard input closes with the parent, even if the parent is killed.
// Arguments: the signal that ends the command, then the command.
const { spawn } = require('node:child_process')

const [signal, command, ...args] = process.argv.slice(2)
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true })
let isEnding = false

function end() {
  if (isEnding) return
  isEnding = true
  try {
    // The process group: the command and everything that it started.
    process.kill(-child.pid, signal)
  } catch {
    // The command has exited.
  }
}

process.stdin.on('end', end).on('close', end).on('error', end).resume()
// Ctrl-C reaches the process group of the terminal, but only the parent ends this process.
for (const each of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(each, () => {})
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`)
  process.exit(127)
})
child.on('exit', (code, exitSignal) => {
  if (!isEnding && exitSignal !== null) process.stderr.write(`ended by ${exitSignal}\n`)
  process.exit(code ?? 1)
})
