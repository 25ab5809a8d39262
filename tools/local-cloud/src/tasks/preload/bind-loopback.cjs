// Loaded into Node programs of tasks: a server that would listen on all addresses of this machine listens on loopback.
const { Server } = require('node:net')

const { listen } = Server.prototype

Server.prototype.listen = function (...args) {
  return listen.apply(this, onLoopback(args))
}

function onLoopback(args) {
  const [first, second, ...rest] = args
  const isPort = typeof first === 'number' || /^\d+$/.test(first)
  if (isPort)
    return [Number(first), '127.0.0.1', ...(typeof second === 'string' ? rest : args.slice(1))]
  if (first === undefined || first === null || typeof first === 'function') {
    return [0, '127.0.0.1', ...args.filter((each) => typeof each === 'function')]
  }
  if (first.port === undefined) return args
  return [{ ...first, host: '127.0.0.1' }, ...args.slice(1)]
}
