// The part of a mail submission after greeting, TLS and login (RFC 5321 section 3.3): MAIL, RCPT, DATA.
// Without I/O: bytes in, bytes out.
#pragma once

#include <string>
#include <string_view>

#include "agent/loop/transfer_client.hpp"

namespace sereno {

class SmtpDialogue {
  public:
    /// `eight_bit`: the server offers 8BITMIME (RFC 6152).
    SmtpDialogue(const MailEnvelope& envelope, bool eight_bit);

    /// What to send first.
    [[nodiscard]] std::string start();
    /// Takes what the server sent and says what to send now, maybe nothing. After the end that is QUIT, once.
    [[nodiscard]] std::string receive(std::string_view bytes);

    /// The message was taken, or something was refused: nothing is sent to anybody when one recipient is.
    [[nodiscard]] bool ended() const { return step_ == Step::end; }
    /// What came was no SMTP reply.
    [[nodiscard]] bool malformed() const { return malformed_; }
    [[nodiscard]] int status() const { return status_; }  ///< of the last whole reply; 0: none yet
    [[nodiscard]] const std::string& last_line() const { return last_line_; }

  private:
    enum class Step { mail, recipient, data, message, end };

    std::string advance();
    std::string finish();

    const MailEnvelope& envelope_;
    bool eight_bit_;
    Step step_ = Step::mail;
    std::size_t recipient_ = 0;
    std::string received_;
    int status_ = 0;
    std::string last_line_;
    bool malformed_ = false;
};

/// The message as DATA carries it: CRLF line ends only, lines that begin with a dot get another one (RFC 5321
/// section 4.5.2), and the final dot. A bare CR or LF cannot end the message early.
std::string as_smtp_data(std::string_view message);

/// True when it may stand between < and > in a command: no control characters, blanks or brackets.
bool is_mail_path(std::string_view address);

}  // namespace sereno
