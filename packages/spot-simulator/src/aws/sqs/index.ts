export { Queue, type QueueProps } from './queue'
export * from './sqs'
