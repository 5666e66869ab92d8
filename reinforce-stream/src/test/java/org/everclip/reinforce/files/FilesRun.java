package org.everclip.reinforce.files;

import java.io.PrintWriter;
import java.io.StringWriter;

/** One of the commands as a user runs it. */
record FilesRun(int code, String out, String err) {

  static FilesRun of(FileCommand command, String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int code =
        FileCommand.commandLine(command)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments);
    return new FilesRun(code, out.toString(), err.toString());
  }
}
