/** What has ended a message for one server and not for another. */
export const smugglingSequences: ReadonlyArray<string> = [
  "\n.\n",
  "\n.\r",
  "\r.\n",
  "\r.\r",
  "\n.\r\n",
  "\r.\r\n",
  "\r\n.\n",
  "\r\n.\r",
  "\r\n.\r\r\n",
  "\r\r\n.\r\r\n",
  "\r\n\0.\r\n",
  "\r\n.\0\r\n",
  "\r\n.\r\n",
  "\r\n..\r\n",
  ".",
  ".\r\n",
  "..",
  "no final newline",
  "\r",
  "\r\n\xae\r\n",
  "\r\n\xe3\x80\x82\r\n"
]
