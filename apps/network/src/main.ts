import { synthesizeApp } from '@tideway/constructs'
import { settings } from './settings'
import { NetworkStack } from './stack'

synthesizeApp(NetworkStack, settings)
