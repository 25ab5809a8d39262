import { synthesizeApp } from '@tideway/constructs'
import { settings } from './settings'
import { DataStack } from './stack'

synthesizeApp(DataStack, settings)
