/* Tests load the library by its path: there is nothing to call. */
